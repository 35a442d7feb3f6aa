import Type, { type TSchema } from "typebox";
import { Count, Id, open, Seq, TimeMs } from "../primitives.ts";
import type { AccountEvents } from "./account.ts";
import { AnnouncementBody, type AnnouncementEvents } from "./announcement.ts";
import { AnswerAppealArgs, type AppealEvents } from "./appeal.ts";
import { AccountName } from "./group-account.ts";
import { EditGroupArgs, GroupIntro, GroupName, type LifecycleEvents, RenameArgs, SettingsArgs } from "./lifecycle.ts";
import type { MembershipEvents } from "./membership.ts";
import { type MessageEvents, TextBody } from "./message.ts";
import type { PinEvents } from "./pin.ts";
import { LockArgs, type ProfileEvents } from "./profile.ts";
import type { ReactionEvents } from "./reaction.ts";
import { type RecoveryEvents, SetGuardiansArgs } from "./recovery.ts";
import { EditRoleArgs, RoleBits, type RoleEvents } from "./role.ts";

/** The body of every kind of event that members see. */
export type EventBodies = MessageEvents &
  MembershipEvents &
  RoleEvents &
  LifecycleEvents &
  ReactionEvents &
  PinEvents &
  AppealEvents &
  ProfileEvents &
  AnnouncementEvents &
  RecoveryEvents &
  AccountEvents;
export type EventKind = keyof EventBodies;

const text = Type.Object(TextBody.properties, open);
const announcement = Type.Object(AnnouncementBody.properties, open);
const message = Type.Object({ s: Seq }, open);
const person = Type.Object({ u: Id }, open);
const named = Type.Object({ u: Id, nick: Type.String() }, open);
const until = Type.Object({ u: Id, until: TimeMs }, open);
const role = Type.Object({ u: Id, role: Id }, open);

/**
 * The same as schemas, for clients of other languages: kind → shape of `b`. The bodies of a message that is gone have
 * no shape: its `x` says so. More keys may come.
 */
export const EVENT_BODIES = {
  text,
  action: text,
  "msg.edit": Type.Object({ s: Seq, b: text }, open),
  "msg.recall": message,
  "msg.delete": message,
  "msg.react": Type.Object({ s: Seq, r: Type.String(), on: Type.Boolean() }, open),
  "msg.pin": message,
  "msg.unpin": message,
  "announcement.publish": announcement,
  "announcement.edit": Type.Object({ s: Seq, b: announcement }, open),
  "announcement.withdraw": message,
  "member.join": named,
  "member.leave": person,
  "member.kick": person,
  "member.mute": until,
  "member.unmute": person,
  "member.nick": named,
  "member.ban": until,
  "member.unban": person,
  "role.create": Type.Object({ role: Id, name: Type.String(), rank: Type.Integer(), p: RoleBits }, open),
  "role.edit": Type.Object(EditRoleArgs.properties, open),
  "role.delete": Type.Object({ role: Id }, open),
  "role.assign": role,
  "role.take": role,
  "group.create": Type.Object({ name: GroupName, category: Type.String(), number: Id, policy: Type.String() }, open),
  "group.edit": Type.Object(EditGroupArgs.properties, open),
  "group.rename": Type.Object(RenameArgs.properties, open),
  "profile.avatar": Type.Object({ avatar: Count }, open),
  "profile.lock": Type.Object(LockArgs.properties, open),
  "profile.rollback": Type.Object(
    {
      n: Id,
      name: Type.Optional(GroupName),
      intro: Type.Optional(GroupIntro),
      avatar: Type.Optional(Count),
    },
    open,
  ),
  "group.settings": Type.Object(SettingsArgs.properties, open),
  "group.policy": Type.Object({ policy: Type.String() }, open),
  "group.transfer": Type.Object({ from: Id, to: Id }, open),
  "group.state": Type.Object({ state: Type.String() }, open),
  "group.dissolve": Type.Object({}, open),
  "dissolution.announce": Type.Object({ due: TimeMs }, open),
  "dissolution.cancel": Type.Object({}, open),
  "appeal.write": Type.Object({ n: Id }, open),
  "appeal.answer": Type.Object(AnswerAppealArgs.properties, open),
  "guardian.set": Type.Object({ ...SetGuardiansArgs.properties, need: Count, at: TimeMs }, open),
  "recovery.open": Type.Object({ to: Id, need: Count }, open),
  "recovery.approve": Type.Object({ s: Seq, due: TimeMs }, open),
  "recovery.veto": message,
  "recovery.finish": Type.Object({ s: Seq, from: Id, to: Id }, open),
  "group.adopt": Type.Object({ from: Id, account: Id, name: AccountName }, open),
  "group.operators": Type.Object(
    { account: Id, name: AccountName, op: Type.Array(Type.Tuple([Id, Type.String()])) },
    open,
  ),
} as const satisfies Record<EventKind, TSchema>;
