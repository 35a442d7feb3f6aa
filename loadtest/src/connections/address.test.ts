import { isIPv4 } from "node:net";
import { expect, test } from "vitest";
import { addressOf } from "./address.ts";

test("four visitors share an address, and others have others", () => {
  const addresses = Array.from({ length: 2_000 }, (_, i) => addressOf(i));

  expect(addresses.every((address) => isIPv4(address))).toBe(true);
  expect(new Set(addresses).size).toBe(500);
  expect(addresses[0]).toBe(addresses[3]);
  expect(addresses[3]).not.toBe(addresses[4]);
});
