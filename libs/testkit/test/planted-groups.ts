import type { About, HistoryEvent } from "../src/history/record.ts";
import type { Invariant } from "../src/history/violations.ts";
import {
  faultOff,
  follow,
  GROUP,
  hasRead,
  invoke,
  ok,
  type Placed,
  page,
  readAll,
  readGroup,
  reads,
  reset,
  seen,
  stallOn,
} from "./planted-history.ts";

/** A history that breaks a promise, and the nearest one that keeps it. */
export type Planted = {
  readonly invariant: Invariant;
  readonly name: string;
  readonly wrong: readonly HistoryEvent[];
  readonly right: readonly HistoryEvent[];
  /** Broken beside the named one, as a consequence of it. */
  readonly also?: readonly Invariant[];
};

const A = { id: "a" };
const B = { id: "b" };
/** A message of person 2. */
const OF_2 = { id: "x", user: 2, conn: "c2" };

const said = (cmid: string, by = 1): Placed => ({ kind: "text", by, cmid });
const joins = (u: number, cmid = `join-${u}`): Placed => ({ kind: "member.join", by: u, cmid, about: { u } });
const leaves = (u: number): Placed => ({ kind: "member.leave", by: u, about: { u } });
const act = (kind: string, by: number, about: About = {}): Placed => ({ kind, by, about });
const kicks = (by: number, u: number): Placed => act("member.kick", by, { u });
const gives = (by: number, u: number, role: number): Placed => act("role.assign", by, { u, role });
const takes = (by: number, u: number, role: number): Placed => act("role.take", by, { u, role });
const mutesAll = (by: number, muteAll = true): Placed => act("group.settings", by, { muteAll });
/** Person 2 asks to join under this nonce. */
const asksIn = (cmid: string): HistoryEvent => ({
  ...(invoke({ id: cmid, user: 2, conn: "c2" }) as Extract<HistoryEvent, { op: "send" | "cmd" }>),
  op: "cmd",
  kind: "member.join",
});
const KICKED = { kind: "member.kick", by: 1, cmid: "kick", about: { u: 2 } };
/** Somebody who was never there; `seen` and `follow` are of person 2. */
const STRANGER = { conn: "c5", user: 5 };

/** Joins at 2, is kicked at 3; A is said at 4. */
const REMOVED = [joins(2), KICKED, said("a")];
/** And is in again at 5. */
const BACK = [...REMOVED, joins(2, "again")];

const REMOVAL: readonly Planted[] = [
  {
    invariant: "I10",
    name: "a removed member is sent what is said then",
    wrong: [
      follow("c2", 2),
      seen("live", "c2", 3, "kick", KICKED),
      invoke(A),
      seen("live", "c2", 4, "a"),
      ...readGroup(...REMOVED),
    ],
    right: [follow("c2", 2), seen("live", "c2", 3, "kick", KICKED), invoke(A), ...readGroup(...REMOVED)],
  },
  {
    invariant: "I10",
    name: "a removed member's resume brings what was said then",
    wrong: [invoke(A), follow("c3", 3), seen("replay", "c3", 4, "a"), ...readGroup(...REMOVED)],
    right: [invoke(A), follow("c3", 3), asksIn("again"), seen("replay", "c3", 4, "a"), ...readGroup(...BACK)],
  },
  {
    invariant: "I10",
    name: "a page has what was said while its reader was out, before they ask in again",
    wrong: [invoke(A), page(4, 4, 1), seen("history", "c2", 4, "a"), asksIn("again"), ...readGroup(...BACK)],
    right: [invoke(A), asksIn("again"), page(4, 4, 1), seen("history", "c2", 4, "a"), ...readGroup(...BACK)],
  },
  {
    invariant: "I10",
    name: "a message of a removed member stands behind the removal",
    wrong: [invoke(OF_2), ...readGroup(joins(2), kicks(1, 2), said("x", 2), joins(2))],
    right: [invoke(OF_2), ...readGroup(joins(2), kicks(1, 2), joins(2), said("x", 2))],
    also: ["I13"],
  },
  {
    invariant: "I10",
    name: "something else of somebody who has left stands behind that",
    wrong: readGroup(joins(2), leaves(2), act("member.nick", 2, { u: 2 })),
    right: readGroup(joins(2), act("member.nick", 2, { u: 2 }), leaves(2)),
  },
  {
    invariant: "I10",
    name: "a banned member is sent what is said then",
    wrong: [
      invoke(A),
      follow("c2", 3),
      seen("live", "c2", 4, "a"),
      ...readGroup(joins(2), act("member.ban", 1, { u: 2 }), said("a")),
    ],
    right: [
      invoke(A),
      follow("c2", 2),
      seen("live", "c2", 3, "a"),
      ...readGroup(joins(2), said("a"), act("member.ban", 1, { u: 2 })),
    ],
  },
];

const POLICY: readonly Planted[] = [
  {
    invariant: "I11",
    name: "a member without a role kicks",
    wrong: readGroup(joins(2), joins(3), kicks(2, 3)),
    right: readGroup(joins(2), joins(3), gives(1, 2, 2), kicks(2, 3)),
  },
  {
    invariant: "I11",
    name: "a role was taken before it is used",
    wrong: readGroup(joins(2), joins(3), gives(1, 2, 2), takes(1, 2, 2), kicks(2, 3)),
    right: readGroup(joins(2), joins(3), gives(1, 2, 2), kicks(2, 3), takes(1, 2, 2)),
  },
  {
    invariant: "I11",
    name: "a role from before somebody left is used after they are in again",
    wrong: readGroup(joins(2), joins(3), gives(1, 2, 2), leaves(2), joins(2), kicks(2, 3)),
    right: readGroup(joins(2), joins(3), gives(1, 2, 2), leaves(2), joins(2), gives(1, 2, 2), kicks(2, 3)),
  },
  {
    invariant: "I11",
    name: "an equal is kicked",
    wrong: readGroup(joins(2), joins(3), gives(1, 2, 2), gives(1, 3, 2), kicks(2, 3)),
    right: readGroup(joins(2), joins(3), gives(1, 2, 2), gives(1, 3, 4), kicks(2, 3)),
  },
  {
    invariant: "I11",
    name: "the owner is kicked",
    wrong: readGroup(joins(2), gives(1, 2, 2), kicks(2, 1)),
    right: readGroup(joins(2), gives(1, 2, 2), kicks(1, 2)),
  },
  {
    invariant: "I11",
    name: "a ban by somebody who may only kick",
    wrong: readGroup(joins(2), joins(3), gives(1, 2, 2), act("member.ban", 2, { u: 3 })),
    right: readGroup(joins(2), joins(3), gives(1, 2, 2), act("member.ban", 1, { u: 3 })),
  },
  {
    invariant: "I11",
    name: "a role is given by somebody who may not give any",
    wrong: readGroup(joins(2), joins(3), gives(1, 2, 2), gives(2, 3, 5)),
    right: readGroup(joins(2), joins(3), gives(1, 2, 2), gives(1, 3, 5)),
  },
  {
    invariant: "I11",
    name: "a role is given with a bit that its giver lacks",
    wrong: readGroup(joins(2), joins(3), gives(1, 2, 3), gives(2, 3, 5)),
    right: readGroup(joins(2), joins(3), gives(1, 2, 3), gives(1, 2, 5), gives(2, 3, 5)),
  },
  {
    invariant: "I11",
    name: "a role is given that is not below its giver",
    wrong: readGroup(joins(2), joins(3), gives(1, 2, 3), gives(2, 3, 3)),
    right: readGroup(joins(2), joins(3), gives(1, 2, 3), gives(1, 3, 3)),
  },
  {
    invariant: "I11",
    name: "another's role is taken without the right to",
    wrong: readGroup(joins(2), joins(3), gives(1, 3, 5), takes(2, 3, 5)),
    right: readGroup(joins(2), joins(3), gives(1, 3, 5), takes(3, 3, 5)),
  },
  {
    invariant: "I11",
    name: "a pin by a plain member",
    wrong: readGroup(joins(2), act("msg.pin", 2)),
    right: readGroup(joins(2), gives(1, 2, 5), act("msg.pin", 2)),
  },
  {
    invariant: "I11",
    name: "the group is muted by a plain member",
    wrong: readGroup(joins(2), mutesAll(2)),
    right: readGroup(joins(2), gives(1, 2, 2), mutesAll(2)),
  },
  {
    invariant: "I11",
    name: "a member speaks while the group is mute",
    wrong: [invoke(OF_2), ...readGroup(joins(2), mutesAll(1), said("x", 2))],
    right: [invoke(OF_2), ...readGroup(joins(2), mutesAll(1), mutesAll(1, false), said("x", 2))],
  },
  {
    invariant: "I11",
    name: "somebody below the exempt rank pins while the group is mute",
    wrong: readGroup(joins(2), gives(1, 2, 5), mutesAll(1), act("msg.pin", 2)),
    right: readGroup(joins(2), gives(1, 2, 2), mutesAll(1), act("msg.pin", 2)),
  },
  {
    invariant: "I11",
    name: "the group is handed over by somebody who does not own it any more",
    wrong: readGroup(joins(2), act("group.transfer", 1, { to: 2 }), act("group.transfer", 1, { to: 1 })),
    right: readGroup(joins(2), act("group.transfer", 1, { to: 2 }), act("group.transfer", 2, { to: 1 })),
  },
];

/** A second group, which is person 5's. */
const OTHER = GROUP + 1;
const inOther = (event: HistoryEvent): HistoryEvent => ({ ...event, group: OTHER }) as HistoryEvent;
const otherGroup = readGroup(said("z", 5)).map((event) =>
  inOther("by" in event ? { ...event, by: 5, user: 5 } : event),
);
/** Person 5 says something there and reads it, with this canary in it. */
const readsThere = (canary: number): HistoryEvent[] => [
  inOther(invoke({ id: "z", user: 5, conn: "c5" })),
  inOther(seen("history", "c5", 2, "z", { ...STRANGER, by: 5, canary })),
];

const MEMBERS: readonly Planted[] = [
  {
    invariant: "I12",
    name: "a stranger is sent a message",
    wrong: [invoke(A), page(2, 2, 1), seen("history", "c5", 2, "a", STRANGER), ...readGroup(said("a"))],
    right: [invoke(A), page(2, 2, 1), seen("history", "c5", 2, "a", { ...STRANGER, user: 1 }), ...readGroup(said("a"))],
  },
  {
    invariant: "I12",
    name: "somebody reads before they ask in for the first time",
    wrong: [
      invoke(A),
      page(2, 2, 1),
      seen("history", "c2", 2, "a"),
      asksIn("join-2"),
      ...readGroup(said("a"), joins(2)),
    ],
    right: [
      invoke(A),
      asksIn("join-2"),
      page(2, 2, 1),
      seen("history", "c2", 2, "a"),
      ...readGroup(said("a"), joins(2)),
    ],
  },
  {
    invariant: "I12",
    name: "what was said in one group is shown in another to somebody who is only in that one",
    wrong: [invoke(A), ...readsThere(GROUP), ...readGroup(said("a")), ...otherGroup],
    right: [invoke(A), ...readsThere(OTHER), ...readGroup(said("a")), ...otherGroup],
  },
  {
    invariant: "I13",
    name: "a message of somebody who is not in yet",
    wrong: [invoke(OF_2), ...readGroup(said("x", 2), joins(2))],
    right: [invoke(OF_2), ...readGroup(joins(2), said("x", 2))],
  },
  {
    invariant: "I13",
    name: "a message of somebody who never was",
    wrong: [invoke(OF_2), ...readGroup(said("x", 2))],
    right: [invoke(A), ...readGroup(said("a", 1))],
  },
];

const ANSWERED = [invoke(A), ok(A, 1), invoke(B), ok(B, 2)];

const READING: readonly Planted[] = [
  {
    invariant: "I14",
    name: "the newest page ends before what was answered",
    wrong: [...ANSWERED, reads(99), hasRead(1), ...readAll("a", "b")],
    right: [...ANSWERED, reads(99), hasRead(2), ...readAll("a", "b")],
  },
  {
    invariant: "I14",
    name: "the page is empty",
    wrong: [...ANSWERED, reads(5, 2), hasRead(0), ...readAll("a", "b")],
    right: [...ANSWERED, reads(5, 3), hasRead(0), ...readAll("a", "b")],
  },
  {
    invariant: "I14",
    name: "a page from a place on ends before what was answered, and says that there is no more",
    wrong: [...ANSWERED, reads(9, 1), hasRead(1), ...readAll("a", "b")],
    right: [...ANSWERED, reads(9, 1), hasRead(1, true), ...readAll("a", "b")],
  },
  {
    invariant: "I14",
    name: "a page was asked for after the answer",
    wrong: [invoke(A), ok(A, 1), reads(9), hasRead(0), ...readAll("a")],
    right: [invoke(A), reads(9), ok(A, 1), hasRead(0), ...readAll("a")],
  },
  {
    invariant: "I15",
    name: "a resume begins with what is at its cursor",
    wrong: [invoke(A), invoke(B), follow("c2", 1), seen("replay", "c2", 1, "a"), ...readAll("a", "b")],
    right: [invoke(A), invoke(B), follow("c2", 1), seen("replay", "c2", 2, "b"), ...readAll("a", "b")],
  },
  {
    invariant: "I15",
    name: "a resume leaves events out, and tells of no gap",
    wrong: [invoke(A), invoke(B), follow("c2", 0), seen("live", "c2", 2, "b"), ...readAll("a", "b")],
    right: [invoke(A), invoke(B), follow("c2", 0), reset("c2", 1), seen("live", "c2", 2, "b"), ...readAll("a", "b")],
  },
];

const sample = (bytes: number): HistoryEvent => ({ op: "sample", of: "server", what: "memory", bytes, maxBytes: 100 });
const heal = (withinMs: number): HistoryEvent => ({ op: "heal", withinMs });
const settled: HistoryEvent = { op: "settled" };
const closed: HistoryEvent = { op: "close", conn: "c2", user: 2, code: 1_006 };

const LIVE: readonly Planted[] = [
  {
    invariant: "I16",
    name: "a process has more than its bound",
    wrong: [sample(100), sample(101)],
    right: [sample(99), sample(100)],
  },
  {
    invariant: "I17",
    name: "a group is without an answer for too long",
    wrong: [stallOn("kill", 2), invoke(A), invoke(B), faultOff("kill"), ok(A, 1), ok(B, 2), ...readAll("a", "b")],
    right: [stallOn("kill", 4), invoke(A), invoke(B), faultOff("kill"), ok(A, 1), ok(B, 2), ...readAll("a", "b")],
  },
  {
    invariant: "I17",
    name: "a group is answered under the fault, and not for long after it",
    wrong: [
      invoke(A),
      invoke(B),
      stallOn("kill", 2),
      ok(A, 1),
      faultOff("kill"),
      page(1, 1, 1),
      ok(B, 2),
      ...readAll("a", "b"),
    ],
    right: [
      invoke(A),
      invoke(B),
      stallOn("kill", 2),
      ok(A, 1),
      faultOff("kill"),
      ok(B, 2),
      page(1, 1, 1),
      ...readAll("a", "b"),
    ],
  },
  {
    invariant: "I17",
    name: "a group is never answered again",
    wrong: [invoke(A), stallOn("kill", 9_000), faultOff("kill"), ...readAll("a")],
    right: [invoke(A), stallOn("kill", 9_000), faultOff("kill"), ok(A, 1), ...readAll("a")],
  },
  {
    invariant: "I17",
    name: "a device lacks the end when all is quiet",
    wrong: [invoke(A), follow("c2", 0), heal(9_000), settled, ...readAll("a")],
    right: [invoke(A), follow("c2", 0), heal(9_000), seen("live", "c2", 1, "a"), settled, ...readAll("a")],
  },
  {
    invariant: "I17",
    name: "a device has the end too late",
    wrong: [invoke(A), follow("c2", 0), heal(1), page(1, 1, 1), seen("live", "c2", 1, "a"), settled, ...readAll("a")],
    right: [invoke(A), follow("c2", 0), heal(1), page(1, 1, 1), closed, settled, ...readAll("a")],
  },
  {
    invariant: "I17",
    name: "a member who is in again lacks the end",
    wrong: [invoke(A), asksIn("again"), follow("c2", 3), heal(9_000), settled, ...readGroup(...BACK)],
    right: [invoke(A), asksIn("again"), follow("c2", 3), heal(9_000), settled, ...readGroup(...BACK.slice(0, 3))],
  },
];

export const GROUP_PLANTED: readonly Planted[] = [...REMOVAL, ...POLICY, ...MEMBERS, ...READING, ...LIVE];
