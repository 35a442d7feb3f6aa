import type { Handler } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { rankOf } from "@guildhall/model";
import { commandSpec } from "@guildhall/proto";
import { POLICY_NAMES } from "@guildhall/proto/tables";
import { type MemoryEntity, memoryEntity, sha256 } from "@guildhall/testkit/memory-entity";
import { TIMELINE } from "@guildhall/timeline";
import fc from "fast-check";
import { expect, test } from "vitest";
import { PROFILE } from "../test/group-bench.ts";
import { publishAnnouncement } from "./announcement/publish-announcement.ts";
import { faultOf, NO_HASH } from "./audit/chain.ts";
import { AUDIT, AUDIT_HEADS, AUDIT_REFUSALS, viewOfAct } from "./audit/tables.ts";
import { groupFactsOf, memberFactsOf } from "./facts.ts";
import {
  BANS,
  GROUP_FEATURES,
  GROUP_ROLES,
  GROUPS,
  type GroupRow,
  MEMBERS,
  ROLE_HOLDERS,
  type RolesRow,
} from "./index.ts";
import { createGroup } from "./lifecycle/create-group.ts";
import { joinGroup } from "./membership/join-group.ts";
import { sendMessage } from "./message/send-message.ts";
import { PINS } from "./pin/tables.ts";
import { REACTIONS, REACTORS } from "./reaction/tables.ts";
import { assignRole } from "./role/assign-role.ts";
import { livingRoles } from "./role/role-facts.ts";

const COMMANDS = Object.assign({}, ...GROUP_FEATURES.map((feature) => feature.commands)) as Record<
  string,
  Handler<unknown>
>;
const PEOPLE = 6;
/** The first bytes of a PNG of 1 by 1 pixel. */
const PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB";

const u = fc.integer({ min: 1, max: PEOPLE });
/** Messages of the start are at 8 to 15. */
const s = fc.integer({ min: 7, max: 17 });
const role = fc.integer({ min: 1, max: 8 });
const ranks = fc.constantFrom(50, 100, 500, 750, 999);
/** Nothing, what Member has, MANAGE_ROLE and ASSIGN_ROLE, all of the first half. */
const p = fc.constantFrom([0, 0], [0x2afb, 0], [1, 6], [0xffff_ffff, 0]);
const t = fc.constantFrom("a", "b", "c", " ");
const body = fc.record({ t });
const notice = fc.record({ title: t, t });
/** One that was announced at the start is at 16; others may be right behind. */
const announced = fc.constantFrom(16, 16, 16, 17, 18);
const nick = fc.constantFrom("", "x", "y");

/** A method and its arguments; what is likely to work comes often. */
const command: fc.Arbitrary<readonly [string, unknown]> = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(fc.constant("member.join"), fc.record({ nick }, { requiredKeys: [] })) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("member.leave"), fc.constant({})) },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.constantFrom("member.kick", "member.unmute", "member.unmute"), fc.record({ u })),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(
      fc.constantFrom("member.ban", "member.unban"),
      u.map((id) => ({ u: id })),
    ),
  },
  {
    weight: 6,
    arbitrary: fc.tuple(
      fc.constant("member.mute"),
      u.map((id) => ({ u: id, until: 1_700_000_001_000 })),
    ),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constant("member.nick"), fc.record({ u, nick }, { requiredKeys: ["nick"] })) },
  {
    weight: 8,
    arbitrary: fc.tuple(fc.constantFrom("role.assign", "role.assign", "role.take"), fc.record({ u, role })),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(
      fc.constant("role.create"),
      fc.record({ name: fc.constantFrom("a", "b", "c"), rank: ranks, p, from: role }, { requiredKeys: ["name"] }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(
      fc.constant("role.edit"),
      fc.record({ role, name: fc.constantFrom("a", "d"), rank: ranks, p }, { requiredKeys: ["role"] }),
    ),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constant("role.delete"), fc.record({ role })) },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constant("group.transfer"),
      u.map((to) => ({ to })),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constant("group.settings"),
      fc.record({ slowMs: fc.integer({ min: 0, max: 2 }), muteAll: fc.constant(false) }, { requiredKeys: [] }),
    ),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constant("group.rename"), fc.record({ name: t })) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constant("group.policy"), fc.record({ policy: fc.constantFrom(...POLICY_NAMES) })),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constant("profile.avatar"), fc.record({ data: fc.constantFrom("", PICTURE) })) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("profile.lock"), fc.record({ on: fc.boolean() })) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constant("profile.rollback"), fc.record({ n: fc.integer({ min: 1, max: 3 }) })),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constant("group.edit"), fc.record({ intro: t }, { requiredKeys: [] })) },
  {
    weight: 4,
    arbitrary: fc.tuple(
      fc.constant("msg.send"),
      fc.record({ k: fc.constant("text"), b: body, re: s }, { requiredKeys: ["k", "b"] }),
    ),
  },
  { weight: 2, arbitrary: fc.tuple(fc.constant("msg.edit"), fc.record({ s, b: body })) },
  {
    weight: 4,
    arbitrary: fc.tuple(
      fc.constant("msg.react"),
      fc.record({ s: fc.constantFrom(8, 9), r: fc.constantFrom("\u{1f44d}", "\u{1f389}"), on: fc.boolean() }),
    ),
  },
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom("msg.pin", "msg.unpin"), fc.record({ s: fc.constantFrom(8, 9) })) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom("msg.recall", "msg.delete"), fc.record({ s })) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("announcement.publish"), fc.record({ b: notice })) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("announcement.edit"), fc.record({ s: announced, b: notice })) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("announcement.withdraw"), fc.record({ s: announced })) },
);
const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: PEOPLE }), command), {
  minLength: 20,
  maxLength: 60,
  size: "max",
});

/** Some of PEOPLE are in and have roles, so that there is something to lose. */
function startingGroup(): MemoryEntity {
  const group = memoryEntity(500);
  group.run(createGroup, PROFILE, 1);
  for (const id of [2, 3, 4]) group.run(joinGroup, {}, id);
  for (const given of [2, 3]) group.run(assignRole, { u: 2, role: given }, 1);
  group.run(assignRole, { u: 3, role: 4 }, 1);
  for (const id of [1, 2, 3, 4, 4, 3, 2, 1]) group.run(sendMessage, { k: "text", b: { t: "a" } }, id);
  group.run(publishAnnouncement, { b: { title: "a", t: "a" } }, 1);
  return group;
}

function rowsOf(group: MemoryEntity): { row: GroupRow; roles: RolesRow } {
  const [row, roles] = [group.get(GROUPS, group.g), group.get(GROUP_ROLES, group.g)];
  if (row === undefined || roles === undefined) throw new Error("no group");
  return { row, roles };
}

function rank(group: MemoryEntity, of: number): number {
  const { row, roles } = rowsOf(group);
  return rankOf(groupFactsOf(row, roles, group.pv), memberFactsOf(group.get(MEMBERS, group.g, of)), of);
}

/** Whether it was done; all but AppError goes on. */
function attempt(group: MemoryEntity, actor: number, [method, args]: readonly [string, unknown]): boolean {
  const handler = COMMANDS[method];
  if (handler === undefined) throw new Error(`no ${method}`);
  try {
    group.run(handler, args, actor);
    return true;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return false;
  }
}

function checkRows(group: MemoryEntity): void {
  const { row, roles: made } = rowsOf(group);
  expect(new Set(made.list.map(({ id }) => id)).size).toBe(made.list.length);
  expect(new Set(made.list.map(({ name }) => name.toLowerCase())).size).toBe(made.list.length);
  expect(made.list.filter(({ id, rank: of }) => id >= made.next || of < 1 || of > 999)).toEqual([]);
  expect(made.list.find(({ id }) => id === 1)).toMatchObject({ name: "Member", rank: 100 });
  const rows = group
    .all(MEMBERS)
    .map((member) => ({ ...member, roles: livingRoles({ roles: made.list }, member.roles) }));
  const inside = rows.filter(({ state }) => state === "in");
  expect(row.members).toBe(inside.length);
  expect(inside.filter((member) => member.u === row.owner)).toMatchObject([{ roles: [], mute: 0 }]);
  expect(rows.filter(({ state, roles }) => state !== "in" && roles.length > 0)).toEqual([]);
  const holders = inside.filter(({ roles }) => roles.length > 0).map((member) => [member.u, member.roles]);
  expect(new Map(group.get(ROLE_HOLDERS, group.g)?.list)).toEqual(new Map(holders as [number, number[]][]));
  const bannedFrom = new Set(group.all(BANS).map((ban) => ban.u));
  expect(inside.filter((member) => bannedFrom.has(member.u))).toEqual([]);
  for (const { roles } of inside) expect(new Set(roles).size).toBe(roles.length);
}

function checkTimeline(group: MemoryEntity): void {
  const rows = group.all(TIMELINE).sort((a, b) => a.s - b.s);
  expect(rows.map((row) => row.s)).toEqual(group.events.map((_, index) => index + 1));
  for (const row of rows) {
    if (row.rev === 0) continue;
    expect(["text", "action", "announcement.publish"]).toContain(row.k);
    const by = row.k === "announcement.publish" ? /^announcement\./ : /^msg\./;
    expect(group.events[row.rev - 1]).toMatchObject({ k: expect.stringMatching(by), b: { s: row.s } });
    if (row.x > 0) expect(row.b).toEqual({});
  }
}

function checkReactions(group: MemoryEntity): void {
  const expected = new Map<string, number>();
  for (const { s: of, r } of group.all(REACTORS)) {
    if (group.get(TIMELINE, group.g, 0, 0, of)?.x !== 0) continue;
    for (const kind of r) expected.set(`${of} ${kind}`, (expected.get(`${of} ${kind}`) ?? 0) + 1);
  }
  const counted = group
    .all(REACTIONS)
    .flatMap((row) => row.counts.map(([kind, n]) => [`${row.s} ${kind}`, n] as const));
  expect(new Map(counted)).toEqual(expected);
}

function checkPins(group: MemoryEntity): void {
  const pinned = group.get(PINS, group.g, 0)?.list.map((pin) => pin.s) ?? [];
  expect(new Set(pinned).size).toBe(pinned.length);
  for (const of of pinned) expect(group.get(TIMELINE, group.g, 0, 0, of)?.x).toBe(0);
}

/** One act for each command of power that was done, and those that were refused, in an unbroken chain. */
function checkActs(group: MemoryEntity, done: number): void {
  const acts = group.all(AUDIT).map(viewOfAct);
  expect(acts.filter(({ refused }) => refused === "").length).toBe(done);
  let last = { n: 0, hash: NO_HASH };
  for (const act of acts) {
    expect(faultOf(group.g, last, act, sha256)).toBeUndefined();
    if (act.refused === "") expect(group.events[act.s - 1]).toMatchObject({ k: act.m, u: act.u });
    last = act;
  }
}

/** Every row but those that say what was done or refused. */
function stateOf(group: MemoryEntity): Map<string, unknown> {
  const tables = new Map(group.snapshot() as Map<string, unknown>);
  for (const { name } of [AUDIT, AUDIT_HEADS, AUDIT_REFUSALS]) tables.delete(name);
  return tables;
}

function isOfPower(actor: number, [method, args]: readonly [string, unknown]): boolean {
  const which = commandSpec(method)?.audited;
  const { u = actor } = args as { readonly u?: number };
  return which === true || (which === "others" && u !== actor);
}

test("no sequence of commands breaks what is always true of a group", () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      const group = startingGroup();
      let acts = 0;
      for (const [actor, step] of sequence) {
        const [before, snapshot, shown] = [rank(group, actor), stateOf(group), group.events.length];
        const done = attempt(group, actor, step);
        if (!done) expect(stateOf(group)).toEqual(snapshot);
        expect(group.events.length - shown).toBe(done ? 1 : 0);
        if (step[0] !== "member.join") expect(rank(group, actor)).toBeLessThanOrEqual(before);
        checkRows(group);
        checkReactions(group);
        checkPins(group);
        if (done && isOfPower(actor, step)) acts++;
      }
      checkActs(group, acts);
      checkTimeline(group);
    }),
    { numRuns: 100 },
  );
});

test("the random commands succeed often enough to mean something", () => {
  const done = new Set<string>();
  for (const sequence of fc.sample(steps, { numRuns: 700, seed: 1 })) {
    const group = startingGroup();
    for (const [actor, step] of sequence) if (attempt(group, actor, step)) done.add(step[0]);
  }

  expect([...done].sort()).toEqual(
    Object.keys(COMMANDS)
      .filter(
        (method) =>
          !["group.create", "group.dissolve", "group.state", "audit.open", "member.holdings"].includes(method),
      )
      .filter((method) => !/^(recovery|appeal|dissolution)\./.test(method) && method !== "guardian.set")
      .filter((method) => !["group.adopt", "group.operators"].includes(method))
      .sort(),
  );
});
