import { expect, test } from "vitest";
import { idleTimeoutS } from "./idle.ts";

test.each([
  [35_000, 44],
  [130_000, 140],
  [10_100, 20],
  [0, 8],
  [10_000_000, 960],
])("whoever is silent for %d ms is closed by us before the library's %d s are over", (silentMaxMs, s) => {
  expect(idleTimeoutS(silentMaxMs)).toBe(s);
});
