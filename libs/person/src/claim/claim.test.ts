import type { TakeClaimArgs } from "@guildhall/proto";
import { memoryEntity } from "@guildhall/testkit/memory-entity";
import { expect, test } from "vitest";
import { confirmClaim } from "./confirm-claim.ts";
import { getClaim } from "./get-claim.ts";
import { CLAIM_LAPSE_MS, CLAIMS } from "./tables.ts";
import { takeClaim } from "./take-claim.ts";

const ann: TakeClaimArgs = { kind: "user", name: "ann", by: 1 };
const conflict = expect.objectContaining({ code: "CONFLICT" });
const key = { kind: "user", name: "ann" } as const;

test("a free name is held, and shows nothing", async () => {
  const entity = memoryEntity(70);

  entity.run(takeClaim, ann, 0);

  expect(entity.all(CLAIMS)).toEqual([{ id: 70, ...ann, at: entity.nowMs, confirmed: false }]);
  expect(entity.events).toEqual([]);
  expect(await entity.ask(getClaim, key)).toEqual({ by: 1 });
});

test("another is refused while it is held, and takes it once it has lapsed", async () => {
  const entity = memoryEntity(70);
  entity.run(takeClaim, ann, 0);
  entity.nowMs += CLAIM_LAPSE_MS;
  expect(() => entity.run(takeClaim, { ...ann, by: 2 }, 0)).toThrow(conflict);
  entity.nowMs += 1;
  expect(await entity.ask(getClaim, key)).toEqual({ by: 0 });

  entity.run(takeClaim, { ...ann, by: 2 }, 0);

  expect(await entity.ask(getClaim, key)).toEqual({ by: 2 });
  expect(() => entity.run(confirmClaim, ann, 0)).toThrow(conflict);
});

test("taken again by the same it lasts anew", () => {
  const entity = memoryEntity(70);
  entity.run(takeClaim, ann, 0);
  entity.nowMs += CLAIM_LAPSE_MS;

  entity.run(takeClaim, ann, 0);

  entity.nowMs += CLAIM_LAPSE_MS;
  expect(() => entity.run(takeClaim, { ...ann, by: 2 }, 0)).toThrow(conflict);
});

test("once confirmed it is held for good, and repeats change nothing", async () => {
  const entity = memoryEntity(70);
  entity.run(takeClaim, ann, 0);
  entity.run(confirmClaim, ann, 0);
  const confirmed = entity.snapshot();
  entity.nowMs += 10 * CLAIM_LAPSE_MS;

  entity.run(confirmClaim, ann, 0);
  entity.run(takeClaim, ann, 0);

  expect(entity.snapshot()).toEqual(confirmed);
  expect(() => entity.run(takeClaim, { ...ann, by: 2 }, 0)).toThrow(conflict);
  expect(await entity.ask(getClaim, key)).toEqual({ by: 1 });
});

test("a claim that lapsed and that nobody took is confirmed all the same", () => {
  const entity = memoryEntity(70);
  entity.run(takeClaim, ann, 0);
  entity.nowMs += 10 * CLAIM_LAPSE_MS;

  entity.run(confirmClaim, ann, 0);

  expect(entity.get(CLAIMS, 70, "user", "ann")?.confirmed).toBe(true);
});

test("what nobody took cannot be confirmed, and is held by 0", async () => {
  const entity = memoryEntity(70);

  expect(() => entity.run(confirmClaim, ann, 0)).toThrow(conflict);
  expect(await entity.ask(getClaim, key)).toEqual({ by: 0 });
});

test("names that share an entity are apart, also of different kinds", async () => {
  const entity = memoryEntity(70);

  entity.run(takeClaim, ann, 0);
  entity.run(takeClaim, { ...ann, name: "bob", by: 2 }, 0);
  entity.run(takeClaim, { ...ann, kind: "group", by: 3 }, 0);

  expect(await entity.ask(getClaim, key)).toEqual({ by: 1 });
  expect(await entity.ask(getClaim, { kind: "user", name: "bob" })).toEqual({ by: 2 });
  expect(await entity.ask(getClaim, { kind: "group", name: "ann" })).toEqual({ by: 3 });
});
