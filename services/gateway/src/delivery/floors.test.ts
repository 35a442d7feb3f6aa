import { fakeClock } from "@guildhall/testkit";
import { expect, test } from "vitest";
import { Floors } from "./floors.ts";

test("the newest version answered is the floor of its group, for ten seconds", () => {
  const clock = fakeClock();
  const floors = new Floors(clock);

  floors.raise(1, 7);
  floors.raise(1, 5);
  floors.raise(2, 3);

  expect([floors.of(1), floors.of(2), floors.of(3)]).toEqual([7, 3, 0]);
  clock.advance(9_999);
  expect(floors.of(1)).toBe(7);
  clock.advance(1);
  expect(floors.of(1)).toBe(0);
});

test("of too many groups the one answered first is forgotten", () => {
  const floors = new Floors(fakeClock());

  for (let g = 1; g <= 20_000; g++) floors.raise(g, 1);
  floors.raise(1, 2);
  floors.raise(20_001, 1);

  expect([floors.of(1), floors.of(2), floors.of(20_001)]).toEqual([2, 0, 1]);
});
