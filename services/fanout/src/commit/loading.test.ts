import type { Store } from "@guildhall/store";
import { expect, test } from "vitest";
import { newStore } from "../../test/bench.ts";
import { Entity } from "./entity.ts";
import { Loading } from "./loading.ts";
import { Nonces } from "./nonces.ts";
import { Rows } from "./rows.ts";

/** A store that reads when it is let, in the order asked. */
function slowStore(): { readonly store: Store; readonly letOne: () => void } {
  const waiting: (() => void)[] = [];
  const real = newStore();
  const scan: Store["scan"] = async (...asked) => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    return await real.scan(...asked);
  };
  return { store: Object.assign(Object.create(real) as Store, { scan }), letOne: () => waiting.shift()?.() };
}

test("a head that a question reads late does not take the place of the one that commands have moved on", async () => {
  const { store, letOne } = slowStore();
  const loading = new Loading(store, new Rows(store, 0, () => 0));
  const entity = new Entity(5, new Nonces(0));
  const command = loading.loadLane(entity, 0);
  const question = loading.loadLane(entity, 0);
  letOne();
  await command;
  const lane = loading.lane(entity, 0);
  if (lane === undefined) throw new Error("no lane");
  lane.s = 7;

  letOne();
  await question;

  expect(loading.lane(entity, 0)).toBe(lane);
});
