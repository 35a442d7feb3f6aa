import Type, { type Static } from "typebox";
import { Count, closed, Epoch, Id, Seq, TimeMs } from "../primitives.ts";
import { LIMITS } from "../tables/limits.ts";
import type { AskSpec, CommandSpec } from "./spec.ts";

export const UserName = Type.String({
  minLength: LIMITS.userNameMin,
  maxLength: LIMITS.userNameMax,
  pattern: "^[a-z0-9_]{3,32}$",
});
const hash = Type.String({ minLength: 1, maxLength: 256 });
/** Sign-ins asked about in one `devices.check`. */
export const DEVICES_CHECK_MAX = 256;
const deviceId = Type.String({ minLength: 22, maxLength: 22 });

/** A unique name, held for entity `by`: unconfirmed it lapses after a minute. */
export const TakeClaimArgs = Type.Object(
  {
    kind: Type.Union([Type.Literal("user"), Type.Literal("group")]),
    name: Type.String({ minLength: 1, maxLength: 64 }),
    by: Id,
  },
  closed,
);
export type TakeClaimArgs = Static<typeof TakeClaimArgs>;
export const ClaimKey = Type.Object(
  {
    kind: Type.Union([Type.Literal("user"), Type.Literal("group")]),
    name: Type.String({ minLength: 1, maxLength: 64 }),
  },
  closed,
);
export type ClaimKey = Static<typeof ClaimKey>;

/** `secret`: argon2id hash of the password, or "" for a person without one. */
export const CreatePersonArgs = Type.Object({ name: UserName, secret: Type.String({ maxLength: 256 }) }, closed);
export type CreatePersonArgs = Static<typeof CreatePersonArgs>;
/** A sign-in on a device: `refresh` is the hash of its refresh token, `password` whether one was given. */
export const OpenDeviceArgs = Type.Object(
  {
    dev: deviceId,
    app: Type.String({ maxLength: 64 }),
    refresh: hash,
    password: Type.Boolean(),
    /** The secret that the password was checked against: refused when it has been changed since. */
    secret: Type.Optional(hash),
  },
  closed,
);
export type OpenDeviceArgs = Static<typeof OpenDeviceArgs>;
/** Exchanges one refresh token for the next; a token used twice ends the device. */
export const RenewDeviceArgs = Type.Object({ dev: deviceId, from: hash, to: hash }, closed);
export type RenewDeviceArgs = Static<typeof RenewDeviceArgs>;
const deviceIds = Type.Array(deviceId, { maxItems: LIMITS.devicesMax });
/**
 * Ends sign-ins. With `keep` it must name every other device that is signed in, so that none is forgotten that
 * signed in meanwhile.
 */
export const EndDevicesArgs = Type.Object({ devs: deviceIds, keep: Type.Optional(deviceId) }, closed);
export type EndDevicesArgs = Static<typeof EndDevicesArgs>;
/**
 * A new password in place of `was` (both hashes), given on `dev`, which gets the refresh token with the hash
 * `refresh`. All `others` are ended with it; it must name every one that is signed in.
 */
export const ChangePasswordArgs = Type.Object(
  { was: hash, secret: hash, dev: deviceId, refresh: hash, others: deviceIds },
  closed,
);
export type ChangePasswordArgs = Static<typeof ChangePasswordArgs>;
/** What a journal reader tells a person of a group: kept if (`ep`, `pos`) is newer than what is known. */
export const PutMembershipArgs = Type.Object(
  {
    g: Id,
    in: Type.Boolean(),
    name: Type.String({ maxLength: LIMITS.groupNameMaxCodePoints * 2 }),
    number: Count,
    at: TimeMs,
    ep: Epoch,
    pos: Count,
  },
  closed,
);
export type PutMembershipArgs = Static<typeof PutMembershipArgs>;

/** How far somebody has read a group's main lane: seq `s` of epoch `ep`, with `m` messages up to there. */
export const PutCursorArgs = Type.Object({ g: Id, ep: Epoch, s: Seq, m: Count }, closed);
export type PutCursorArgs = Static<typeof PutCursorArgs>;

export const PERSON_COMMANDS = {
  "claim.take": { entity: "claim", args: TakeClaimArgs, via: "inside", outsider: true },
  "claim.confirm": { entity: "claim", args: TakeClaimArgs, via: "inside", outsider: true },
  "person.create": { entity: "person", args: CreatePersonArgs, via: "inside", outsider: true },
  "device.open": { entity: "person", args: OpenDeviceArgs, via: "inside", outsider: true },
  "device.renew": { entity: "person", args: RenewDeviceArgs, via: "inside", outsider: true },
  "device.end": { entity: "person", args: EndDevicesArgs, via: "inside", outsider: true },
  "password.change": { entity: "person", args: ChangePasswordArgs, via: "inside", outsider: true },
  "membership.put": { entity: "person", args: PutMembershipArgs, via: "inside", outsider: true },
  "cursor.put": { entity: "person", args: PutCursorArgs, via: "inside", outsider: true },
} as const satisfies Record<string, CommandSpec>;

export const GroupsListArgs = Type.Object(
  { after: Type.Optional(Id), lim: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMITS.pageMax })) },
  closed,
);
export type GroupsListArgs = Static<typeof GroupsListArgs>;
export const PeopleGetArgs = Type.Object({ u: Type.Array(Id, { maxItems: LIMITS.askIdsMax }) }, closed);
export type PeopleGetArgs = Static<typeof PeopleGetArgs>;
export const PersonFindArgs = Type.Object({ name: UserName }, closed);
export type PersonFindArgs = Static<typeof PersonFindArgs>;
export const DeviceGetArgs = Type.Object({ dev: deviceId }, closed);
export type DeviceGetArgs = Static<typeof DeviceGetArgs>;
/** Sign-ins of people of one partition. */
export const DevicesCheckArgs = Type.Object(
  { d: Type.Array(Type.Tuple([Id, deviceId]), { maxItems: DEVICES_CHECK_MAX }) },
  closed,
);
export type DevicesCheckArgs = Static<typeof DevicesCheckArgs>;

export const PERSON_ASKS = {
  /** One's own groups by rising id. */
  "groups.list": { entity: "person", args: GroupsListArgs, via: "ask", outsider: true },
  /** How many groups one is in; counted no further than LIMITS.groupsPerPersonMax. */
  "groups.count": { entity: "person", args: Type.Object({}, closed), via: "inside", outsider: true },
  /** Names by id; split over the partitions by the gateway. Unknown ids are left out. */
  "people.get": { entity: "person", args: PeopleGetArgs, via: "own", outsider: true },
  "person.find": { entity: "claim", args: PersonFindArgs, via: "own", outsider: true },
  "claim.get": { entity: "claim", args: ClaimKey, via: "inside", outsider: true },
  /** Credential for a sign-in: never leaves our services. */
  "person.secret": { entity: "person", args: Type.Object({}, closed), via: "inside", outsider: true },
  "device.get": { entity: "person", args: DeviceGetArgs, via: "inside", outsider: true },
  "devices.list": { entity: "person", args: Type.Object({}, closed), via: "inside", outsider: true },
  "devices.check": { entity: "person", args: DevicesCheckArgs, via: "inside", outsider: true },
} as const satisfies Record<string, AskSpec>;

/** How far one has read, and the messages up to there: unread are those of the head less these. */
export type ReadCursor = { readonly ep: number; readonly s: number; readonly m: number };
export type MembershipView = {
  readonly g: number;
  readonly number: number;
  readonly name: string;
  readonly at: number;
  /** Absent where nothing was read yet. */
  readonly read?: ReadCursor;
};
export type GroupsList = { readonly groups: readonly MembershipView[]; readonly more: boolean };
export type GroupsCount = { readonly count: number };
export type PersonView = { readonly u: number; readonly name: string };
export type PeopleGet = { readonly people: readonly PersonView[] };
/** `by` 0: nobody holds the name. */
export type ClaimView = { readonly by: number };
export type PersonSecret = { readonly name: string; readonly secret: string };
/** `at` 0: no such device. `password` is when a password was last given there, 0 never. */
export type DeviceView = { readonly at: number; readonly password: number };
/** A device somebody is signed in on: its program, when the sign-in began, and when it was last renewed, ms. */
export type DeviceRef = { readonly dev: string; readonly app: string; readonly at: number; readonly seen: number };
export type DevicesList = { readonly devices: readonly DeviceRef[] };
/** In the order asked: when the sign-in began, ms; 0: there is none. */
export type DevicesCheck = { readonly at: readonly number[] };
