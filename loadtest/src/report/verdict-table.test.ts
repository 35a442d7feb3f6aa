import { expect, test } from "vitest";
import { verdictTable } from "./verdict-table.ts";

const spread = (median: number) => ({ min: median / 2, median, max: median * 2 });

test("each measure stands on a line with its bound and what came of it", () => {
  const text = verdictTable(
    [
      { scenario: "a", measure: "CPU ÷ topics", spread: spread(0.3), bound: { at: "most", value: 0.35 } },
      { scenario: "a", measure: "messages/s ÷ topics", spread: spread(2), bound: { at: "least", value: 3 } },
      { scenario: "long-name", measure: "p99, ms", spread: spread(42), bound: { at: "most", value: 10 } },
    ],
    2,
  );

  expect(text.split("\n").map((line) => line.replace(/ +/g, " "))).toEqual([
    "scenario measure min median max bound",
    "a CPU ÷ topics 0.15 0.3 0.6 ≤ 0.35 holds",
    "a messages/s ÷ topics 1 2 4 ≥ 3 with margin",
    "long-name p99, ms 21 42 84 ≤ 10 MISSED",
  ]);
});
