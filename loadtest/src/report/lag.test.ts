import { expect, test } from "vitest";
import { lagIn } from "./lag.ts";
import { statCpuSeconds } from "./process-cpu.ts";

test("the lag of a fanout is the age of its oldest entry that is not stored, and the records that are not", () => {
  const text = [
    "guildhall_fanout_journal_position 120",
    "guildhall_fanout_stored_position 80",
    "guildhall_fanout_store_lag_seconds 2.5",
  ].join("\n");

  expect(lagIn(text)).toEqual({ seconds: 2.5, records: 40 });
});

test("a fanout that does not tell its lag is not taken for one without any", () => {
  expect(() => lagIn("guildhall_fanout_journal_position 120")).toThrow("guildhall_fanout_stored_position");
});

test("the CPU time of a process is its user and its system time, whatever its name", () => {
  const line = "42 (a (strange) name) S 1 42 42 0 -1 4194560 100 0 0 0 250 75 0 0 20 0 11 0 1 2 3";

  expect(statCpuSeconds(line)).toBe(3.25);
});
