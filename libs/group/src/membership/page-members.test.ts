import { INT53_MAX, type MembersPage } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { SCAN_MAX } from "@guildhall/store";
import { type MemoryEntity, memoryEntity } from "@guildhall/testkit/memory-entity";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ADMIN, ANN, BOB, JUNIOR_ADMIN, MODERATOR, OWNER, openGroup } from "../../test/group-bench.ts";
import { kickMember } from "./kick-member.ts";
import { muteMember } from "./mute-member.ts";
import { pageMembers } from "./page-members.ts";
import { MEMBERS } from "./tables.ts";

const g = 500;
const page = (group: MemoryEntity, after?: number, lim?: number) =>
  group.ask(pageMembers, {
    g,
    ...(after === undefined ? {} : { after }),
    ...(lim === undefined ? {} : { lim }),
  }) as Promise<MembersPage>;

function groupOf(people: ReadonlyMap<number, boolean>): MemoryEntity {
  const group = memoryEntity(g);
  for (const [u, isIn] of people) {
    group.put(MEMBERS, { g, u, state: isIn ? "in" : "left", nick: "", roles: [], mute: 0, at: 1, seq: 1, holds: null });
  }
  return group;
}

test("shows who is in by rising id, and not who has gone", async () => {
  const group = openGroup();
  group.run(kickMember, { u: MODERATOR }, OWNER);
  const until = group.nowMs + 1_000;
  group.run(muteMember, { u: ANN, until }, ADMIN);

  const { members, more } = await page(group);

  expect(members.map(({ u }) => u)).toEqual([OWNER, ADMIN, ANN, BOB]);
  expect(members[1]).toEqual({ u: ADMIN, nick: "", roles: [JUNIOR_ADMIN], mute: 0, at: expect.any(Number) });
  expect(members[2]?.mute).toBe(until);
  expect(more).toBe(false);
});

test("a mute that is over is not shown", async () => {
  const group = openGroup();
  const until = group.nowMs + 1_000;
  group.run(muteMember, { u: ANN, until }, ADMIN);
  group.nowMs = until;

  const { members } = await page(group);

  expect(members.every(({ mute }) => mute === 0)).toBe(true);
});

test("pages of any size, one after another, show everybody in once, and more is true until the last", async () => {
  const person = fc.tuple(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant(INT53_MAX)), fc.boolean());
  await fc.assert(
    fc.asyncProperty(fc.array(person, { maxLength: 40 }), fc.integer({ min: 1, max: 7 }), async (list, lim) => {
      const people = new Map(list);
      const group = groupOf(people);
      const seen: number[] = [];
      for (let after: number | undefined; ; ) {
        const { members, more } = await page(group, after, lim);
        seen.push(...members.map(({ u }) => u));
        expect(members.length === lim || !more).toBe(true);
        if (!more) break;
        after = members.at(-1)?.u;
      }
      expect(seen).toEqual([...people.keys()].filter((u) => people.get(u)).sort((a, b) => a - b));
    }),
    { numRuns: 200 },
  );
});

test("passes over thousands who have gone, and asks for at most LIMITS.pageMax by itself", async () => {
  const people = new Map<number, boolean>();
  for (let u = 1; u <= 3 * SCAN_MAX; u++) people.set(u, false);
  for (let u = 3 * SCAN_MAX + 1; u <= 3 * SCAN_MAX + LIMITS.pageMax + 1; u++) people.set(u, true);
  const group = groupOf(people);

  const first = await page(group);
  const second = await page(group, first.members.at(-1)?.u);

  expect([first.members.length, first.more, second.members.length, second.more]).toEqual([100, true, 1, false]);
});

test("stops where a page would cost too much", async () => {
  const group = groupOf(new Map());
  let scans = 0;
  const endless: MemoryEntity["reader"] = {
    ...group.reader,
    scan: async (_, __, range) => {
      scans += 1;
      const from = Number(range.from);
      return Array.from({ length: range.limit }, (___, index) => ({ u: from + index, state: "left" })) as never;
    },
  };

  await expect(pageMembers(endless, { g }, { g, actor: 1, nowMs: 1 })).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(scans).toBe(64);
});
