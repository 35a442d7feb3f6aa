import { expect, test } from "vitest";
import { remoteAddress } from "./address.ts";

test.each<[readonly number[], string]>([
  [[192, 0, 2, 7], "192.0.2.7"],
  [[...Array<number>(10).fill(0), 255, 255, 192, 0, 2, 7], "192.0.2.7"],
  [[0x20, 1, 0x0d, 0xb8, ...Array<number>(11).fill(0), 1], "2001:db8:0:0:0:0:0:1"],
  [[], "unknown"],
])("%j is %s", (bytes, address) => {
  expect(remoteAddress(new Uint8Array(bytes).buffer)).toBe(address);
});
