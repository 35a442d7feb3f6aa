import { type GroupsList, INT53_MAX, LIMITS, type PutMembershipArgs } from "@guildhall/proto";
import { memoryEntity } from "@guildhall/testkit/memory-entity";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countGroups, listGroups } from "./list-groups.ts";
import { putMembership } from "./put-membership.ts";
import { MEMBERSHIPS } from "./tables.ts";

const u = 7;
const told = (more: Partial<PutMembershipArgs> = {}): PutMembershipArgs => ({
  g: 500,
  in: true,
  name: "Chess",
  number: 1001,
  at: 5,
  ep: 1,
  pos: 10,
  ...more,
});

describe("membership.put", () => {
  test("keeps what is newer by epoch, then position", () => {
    const person = memoryEntity(u);

    person.run(putMembership, told(), 0);
    person.run(putMembership, told({ name: "Go", pos: 11 }), 0);
    expect(person.all(MEMBERSHIPS)).toEqual([{ u, ...told({ name: "Go", pos: 11 }) }]);

    person.run(putMembership, told({ name: "Shogi", ep: 2, pos: 3 }), 0);
    expect(person.all(MEMBERSHIPS)).toEqual([{ u, ...told({ name: "Shogi", ep: 2, pos: 3 }) }]);
    expect(person.events).toEqual([]);
  });

  test("whatever the order and however often they come, the newest stands", () => {
    const put = fc.record({ ep: fc.integer({ min: 1, max: 3 }), pos: fc.integer({ min: 0, max: 5 }) });
    fc.assert(
      fc.property(fc.array(put, { minLength: 1, maxLength: 12 }), (list) => {
        const person = memoryEntity(u);
        for (const { ep, pos } of list) {
          person.run(putMembership, told({ ep, pos, name: `${ep}/${pos}`, in: (ep + pos) % 2 === 0 }), 0);
        }
        const newest = list.reduce((a, b) => (b.ep * 10 + b.pos > a.ep * 10 + a.pos ? b : a));
        const { ep, pos } = newest;
        const expected = told({ ep, pos, name: `${ep}/${pos}`, in: (ep + pos) % 2 === 0 });
        expect(person.all(MEMBERSHIPS)).toEqual([{ u, ...expected }]);
      }),
    );
  });

  test("a late join after a leave does not bring the group back", async () => {
    const person = memoryEntity(u);
    person.run(putMembership, told({ in: false, pos: 20 }), 0);

    person.run(putMembership, told({ pos: 19 }), 0);

    expect(await person.ask(listGroups, {}, u)).toEqual({ groups: [], more: false });
  });
});

describe("groups.count", () => {
  test("counts the groups one is in, no further than one may be in", async () => {
    const person = memoryEntity(u);
    for (let g = 1; g <= LIMITS.groupsPerPersonMax + 5; g++) person.run(putMembership, told({ g, in: g > 2 }), 0);

    const many = await person.ask(countGroups, {}, u);
    for (let g = 12; g <= LIMITS.groupsPerPersonMax + 5; g++)
      person.run(putMembership, told({ g, in: false, pos: 99 }), 0);

    expect(many).toEqual({ count: LIMITS.groupsPerPersonMax });
    expect(await person.ask(countGroups, {}, u)).toEqual({ count: 9 });
  });
});

describe("groups.list", () => {
  test("shows one's own groups and what is known of them", async () => {
    const person = memoryEntity(u);
    person.run(putMembership, told(), 0);
    person.run(putMembership, told({ g: 400, in: false }), 0);

    const answer = await person.ask(listGroups, {}, u);

    expect(answer).toEqual({ groups: [{ g: 500, number: 1001, name: "Chess", at: 5 }], more: false });
  });

  test("pages of any size, one after another, show every group once", async () => {
    const group = fc.tuple(fc.oneof(fc.integer({ min: 1, max: 30 }), fc.constant(INT53_MAX)), fc.boolean());
    await fc.assert(
      fc.asyncProperty(fc.array(group, { maxLength: 30 }), fc.integer({ min: 1, max: 6 }), async (list, lim) => {
        const groups = new Map(list);
        const person = memoryEntity(u);
        for (const [g, isIn] of groups) person.run(putMembership, told({ g, in: isIn }), 0);
        const seen: number[] = [];
        for (let after = 0; ; ) {
          const page = (await person.ask(listGroups, { after, lim }, u)) as GroupsList;
          seen.push(...page.groups.map(({ g }) => g));
          if (!page.more) break;
          expect(page.groups).toHaveLength(lim);
          after = page.groups.at(-1)?.g ?? INT53_MAX;
        }
        expect(seen).toEqual([...groups.keys()].filter((g) => groups.get(g)).sort((a, b) => a - b));
      }),
    );
  });

  test("stops where a page would cost too much", async () => {
    const person = memoryEntity(u);
    const reader: typeof person.reader = {
      ...person.reader,
      scan: async (_, __, range) =>
        Array.from({ length: range.limit }, (___, index) => ({ g: Number(range.from) + index, in: false })) as never,
    };

    await expect(listGroups(reader, {}, { g: u, actor: u, nowMs: 1 })).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  test("of somebody else are refused", async () => {
    await expect(memoryEntity(u).ask(listGroups, {}, 8)).rejects.toMatchObject({ code: "FORBIDDEN" });
  });
});
