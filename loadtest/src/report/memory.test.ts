import { expect, test } from "vitest";
import { isSettled, metricOf } from "./memory.ts";

const TEXT = `# HELP process_resident_memory_bytes Resident memory size in bytes.
# TYPE process_resident_memory_bytes gauge
process_resident_memory_bytes 1.2e+8
guildhall_gateway_closes_total{code="1001"} 3
`;

test("a metric is read with and without labels", () => {
  expect(metricOf(TEXT, "process_resident_memory_bytes")).toBe(120_000_000);
  expect(metricOf(TEXT, "guildhall_gateway_closes_total")).toBe(3);
  expect(() => metricOf(TEXT, "process_resident")).toThrow("no process_resident");
});

test("memory has settled once enough readings lie together", () => {
  expect(isSettled([100, 100], 3, 0.01)).toBe(false);
  expect(isSettled([100, 100, 101], 3, 0.01)).toBe(true);
  expect(isSettled([100, 100, 102], 3, 0.01)).toBe(false);
  expect(isSettled([500, 100, 100, 100], 3, 0.01)).toBe(true);
});
