import { expect, test } from "vitest";
import { Paces } from "./paces.ts";

test("the newest time of each person and lane is found until it is swept", () => {
  const paces = new Paces();
  paces.remember(1, 0, 7, 100, 50);
  paces.remember(1, 0, 7, 120, 50);
  paces.remember(1, 0, 8, 110, 10);

  expect([paces.find(1, 0, 7), paces.find(1, 0, 8), paces.find(1, 1, 7), paces.find(2, 0, 7)]).toEqual([
    120, 110, 0, 0,
  ]);
  paces.sweep(121);
  expect([paces.find(1, 0, 7), paces.find(1, 0, 8)]).toEqual([120, 0]);
  paces.sweep(171);
  expect(paces.size).toBe(0);
});

test("at the bound those who spoke longest ago are forgotten", () => {
  const paces = new Paces();
  for (let u = 1; u <= 20_000; u++) paces.remember(1, 0, u, u, 1_000_000);
  paces.remember(1, 0, 1, 20_001, 1_000_000);

  paces.remember(1, 0, 20_001, 20_002, 1_000_000);

  expect(paces.size).toBe(20_000);
  expect([paces.find(1, 0, 1), paces.find(1, 0, 2), paces.find(1, 0, 3)]).toEqual([20_001, 0, 3]);
});
