import { expect, test } from "vitest";
import { PartitionWatch } from "./watch.ts";

const beacon = (ep: number, term: number, n: number) => ({
  p: 0,
  ep,
  term,
  n,
  clk: 0,
  pos: 0,
  stored: 0,
  heads: [],
  all: false,
});

test("what comes from a former owner, or from a former life of the journal, is old", () => {
  const watch = new PartitionWatch(0);

  expect(watch.hear(beacon(1, 4, 1), 0)).toBe("next");
  expect(watch.meet({ ep: 1, term: 3 })).toBe("old");
  expect(watch.hear(beacon(2, 1, 1), 0)).toBe("broken");
  expect(watch.meet({ ep: 1, term: 9 })).toBe("old");
  expect(watch.hear(beacon(1, 9, 7), 0)).toBe("old");
  expect(watch.hear(beacon(2, 1, 2), 0)).toBe("next");
});
