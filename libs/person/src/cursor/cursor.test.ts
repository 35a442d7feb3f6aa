import type { PutCursorArgs } from "@guildhall/proto";
import { memoryEntity } from "@guildhall/testkit/memory-entity";
import fc from "fast-check";
import { expect, test } from "vitest";
import { listGroups } from "../membership/list-groups.ts";
import { putMembership } from "../membership/put-membership.ts";
import { putCursor } from "./put-cursor.ts";
import { CURSORS } from "./tables.ts";

const u = 7;
const read = (ep: number, s: number): PutCursorArgs => ({ g: 500, ep, s, m: s });

test("whatever the order and however often they come, the furthest stands", () => {
  const put = fc.record({ ep: fc.integer({ min: 1, max: 3 }), s: fc.integer({ min: 1, max: 9 }) });
  fc.assert(
    fc.property(fc.array(put, { minLength: 1, maxLength: 12 }), (list) => {
      const person = memoryEntity(u);
      for (const { ep, s } of list) person.run(putCursor, read(ep, s), u);
      const { ep, s } = list.reduce((a, b) => (b.ep * 10 + b.s > a.ep * 10 + a.s ? b : a));
      expect(person.all(CURSORS)).toEqual([{ u, ...read(ep, s) }]);
      expect(person.events).toEqual([]);
    }),
  );
});

test("somebody else's is refused", () => {
  expect(() => memoryEntity(u).run(putCursor, read(1, 1), 8)).toThrow(expect.objectContaining({ code: "FORBIDDEN" }));
});

test("groups.list shows it beside its group, and only where there is one", async () => {
  const person = memoryEntity(u);
  const told = { in: true, name: "Chess", number: 1001, at: 5, ep: 1, pos: 10 };
  for (const g of [400, 500, 600]) person.run(putMembership, { ...told, g }, 0);
  person.run(putCursor, read(1, 4), u);
  person.run(putCursor, { ...read(1, 9), g: 700 }, u);

  const answer = await person.ask(listGroups, {}, u);

  const row = { number: 1001, name: "Chess", at: 5 };
  expect(answer).toEqual({
    groups: [
      { g: 400, ...row },
      { g: 500, ...row, read: { ep: 1, s: 4, m: 4 } },
      { g: 600, ...row },
    ],
    more: false,
  });
});
