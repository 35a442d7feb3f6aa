import Type, { type Static } from "typebox";
import type { Operator } from "../permission/index.ts";
import { Count, closed, Epoch, Id, Reason, Seq0 } from "../primitives.ts";
import type { Grade } from "../tables/grades.ts";
import { LIMITS } from "../tables/limits.ts";
import type { AuditView } from "./audit.ts";
import { AccountName, GroupAccount, grade } from "./group-account.ts";
import type { AskSpec, CommandSpec } from "./spec.ts";

export const NewAccountArgs = Type.Object({ name: AccountName }, closed);
export type NewAccountArgs = Static<typeof NewAccountArgs>;
export const SetOperatorArgs = Type.Object({ u: Id, grade }, closed);
export type SetOperatorArgs = { readonly u: number; readonly grade: Grade };
export const RemoveOperatorArgs = Type.Object({ u: Id }, closed);
export type RemoveOperatorArgs = Static<typeof RemoveOperatorArgs>;
/** `made`: the group does not exist yet. */
export const TakeGroupArgs = Type.Object({ g: Id, made: Type.Boolean() }, closed);
export type TakeGroupArgs = Static<typeof TakeGroupArgs>;
export const AccountGroupArgs = Type.Object({ g: Id }, closed);
export type AccountGroupArgs = Static<typeof AccountGroupArgs>;

export const AdoptArgs = Type.Object({ account: GroupAccount }, closed);
export type AdoptArgs = { readonly account: GroupAccount };
/** `gone`: who was an operator and is none any more. */
export const GroupOperatorsArgs = Type.Object(
  { account: GroupAccount, gone: Type.Array(Id, { maxItems: LIMITS.operatorsPerAccountMax }) },
  closed,
);
export type GroupOperatorsArgs = { readonly account: GroupAccount; readonly gone: readonly number[] };

/** What a journal reader tells a person of their place in an account: kept if (`ep`, `pos`) is newer than what is known. */
export const PutSeatArgs = Type.Object(
  { a: Id, in: Type.Boolean(), name: AccountName, grade, ep: Epoch, pos: Count },
  closed,
);
export type PutSeatArgs = {
  readonly a: number;
  readonly in: boolean;
  readonly name: string;
  readonly grade: Grade;
  readonly ep: number;
  readonly pos: number;
};

const ACCOUNT = { entity: "account", outsider: true } as const;

/** Who is no operator is answered as if there were no account; the handlers say the rest. */
export const ACCOUNT_COMMANDS = {
  "account.create": { ...ACCOUNT, args: NewAccountArgs, via: "own", audited: true },
  "account.rename": { ...ACCOUNT, args: NewAccountArgs, via: "cmd", dangerous: true, audited: true },
  "operator.set": { ...ACCOUNT, args: SetOperatorArgs, via: "cmd", dangerous: true, audited: true },
  /** Oneself, too; that is not dangerous. */
  "operator.remove": { ...ACCOUNT, args: RemoveOperatorArgs, via: "cmd", audited: true },
  /** The account is to own a group, if the group says so within a minute. */
  "account.take": { ...ACCOUNT, args: TakeGroupArgs, via: "own", audited: true, silent: true },
  "account.confirm": { ...ACCOUNT, args: AccountGroupArgs, via: "inside" },
  "account.drop": { ...ACCOUNT, args: AccountGroupArgs, via: "inside" },
  "group.adopt": { entity: "group", args: AdoptArgs, via: "own", ownerOnly: true, dangerous: true, audited: true },
  "group.operators": { entity: "group", args: GroupOperatorsArgs, via: "inside", anyState: true, audited: true },
  "seat.put": { entity: "person", args: PutSeatArgs, via: "inside", outsider: true },
} as const satisfies Record<string, CommandSpec>;

export const AccountArgs = Type.Object({ a: Id }, closed);
export type AccountArgs = Static<typeof AccountArgs>;
export const AccountActsArgs = Type.Object(
  {
    a: Id,
    after: Type.Optional(Seq0),
    before: Type.Optional(Seq0),
    lim: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMITS.pageMax })),
  },
  closed,
);
export type AccountActsArgs = Static<typeof AccountActsArgs>;
export const GiveGroupArgs = Type.Object({ a: Id, g: Id }, closed);
export type GiveGroupArgs = Static<typeof GiveGroupArgs>;

/** What may be done in many groups of an account at once: each is decided by its group. */
export const EACH_METHODS = [
  "msg.send",
  "announcement.publish",
  "group.settings",
  "group.policy",
  "member.ban",
  "member.unban",
  "member.kick",
  "member.mute",
  "member.unmute",
] as const;
export type EachMethod = (typeof EACH_METHODS)[number];
/** `groups`: those of the account in which to do it. `a` of the command is `args`. */
export const EachArgs = Type.Object(
  {
    a: Id,
    groups: Type.Array(Id, { minItems: 1, maxItems: LIMITS.eachGroupsMax, uniqueItems: true }),
    m: Type.Union(EACH_METHODS.map((name) => Type.Literal(name))),
    args: Type.Record(Type.String(), Type.Unknown()),
    as: Type.Optional(Type.Literal("group")),
    why: Type.Optional(Reason),
  },
  closed,
);
export type EachArgs = {
  readonly a: number;
  readonly groups: readonly number[];
  readonly m: EachMethod;
  readonly args: unknown;
  readonly as?: "group";
  readonly why?: string;
};

export const ACCOUNT_ASKS = {
  /** Creates an account; needs the frame's nonce. Answer: AccountView. */
  "account.create": { ...ACCOUNT, args: NewAccountArgs, via: "own" },
  "account.get": { ...ACCOUNT, args: AccountArgs, via: "ask" },
  /** What was done by power of office in the account itself. */
  "account.acts": { ...ACCOUNT, args: AccountActsArgs, via: "ask" },
  /** As owner of a group and main operator of an account: the account owns it from then on. Needs the frame's nonce. */
  "account.adopt": { ...ACCOUNT, args: GiveGroupArgs, via: "own" },
  /** One command in many groups of the account. Needs the frame's nonce. Answer: EachDone. */
  "account.each": { ...ACCOUNT, args: EachArgs, via: "own" },
  /** The accounts of which one is an operator. */
  "accounts.list": { entity: "person", args: Type.Object({}, closed), via: "ask", outsider: true },
} as const satisfies Record<string, AskSpec>;

/** An account as its operators see it. `groups`: by id, in the order they came. `me`: one's own grade. */
export type AccountView = {
  readonly a: number;
  readonly name: string;
  readonly at: number;
  readonly operators: readonly Operator[];
  readonly groups: readonly number[];
  readonly me: Grade;
};
export type AccountActs = {
  readonly acts: readonly AuditView[];
  readonly next: number;
  readonly more: boolean;
  readonly head: { readonly n: number; readonly hash: string };
};
/** In the order asked. `s`: the seq of the event; `c`: the number of the error that the group refused with. */
export type EachDone = {
  readonly groups: readonly (
    | { readonly g: number; readonly s: number }
    | { readonly g: number; readonly c: number; readonly d?: unknown }
  )[];
};
export type AccountSeat = { readonly a: number; readonly name: string; readonly grade: Grade };
export type AccountsList = { readonly accounts: readonly AccountSeat[] };

/** Bodies of the events that groups see; those of the account itself nobody follows. */
export type AccountEvents = {
  readonly "group.adopt": { readonly from: number; readonly account: number; readonly name: string };
  readonly "group.operators": {
    readonly account: number;
    readonly name: string;
    readonly op: readonly Operator[];
  };
};
