import { expect, test } from "vitest";
import { metricsFor, Registry } from "./index.ts";

test("a latency is told as Prometheus wants a histogram: buckets that add up, sum and count, by label", async () => {
  const registry = new Registry();
  const seconds = metricsFor("test", registry).latency("done_seconds", "Done.", ["what", "how"]);
  seconds.observe(0.0005, "send", "ok");
  seconds.observe(0.003, "send", "ok");
  seconds.observe(60, "send", "ok");
  seconds.observe(0.2, "get", "NOT_FOUND");

  const lines = (await registry.text()).split("\n").filter((line) => line.includes("guildhall_test_done"));

  expect(lines.slice(0, 2)).toEqual([
    "# HELP guildhall_test_done_seconds Done.",
    "# TYPE guildhall_test_done_seconds histogram",
  ]);
  expect(lines).toContain('guildhall_test_done_seconds_bucket{le="0.0005",what="send",how="ok"} 1');
  expect(lines).toContain('guildhall_test_done_seconds_bucket{le="0.0025",what="send",how="ok"} 1');
  expect(lines).toContain('guildhall_test_done_seconds_bucket{le="0.005",what="send",how="ok"} 2');
  expect(lines).toContain('guildhall_test_done_seconds_bucket{le="10",what="send",how="ok"} 2');
  expect(lines).toContain('guildhall_test_done_seconds_bucket{le="+Inf",what="send",how="ok"} 3');
  expect(lines).toContain('guildhall_test_done_seconds_count{what="send",how="ok"} 3');
  expect(lines).toContain('guildhall_test_done_seconds_sum{what="send",how="ok"} 60.0035');
  expect(lines).toContain('guildhall_test_done_seconds_count{what="get",how="NOT_FOUND"} 1');
});

test("one without labels is there before anything was observed", async () => {
  const registry = new Registry();
  metricsFor("test", registry).latency("done_seconds", "Done.");

  expect(await registry.text()).toContain("guildhall_test_done_seconds_count 0");
});

test("a second of one name is refused, and so is a third label", () => {
  const registry = new Registry();
  const metric = metricsFor("test", registry);
  metric.latency("done_seconds", "Done.");

  expect(() => metric.latency("done_seconds", "Done.")).toThrow(/already been registered/);
  expect(() => metric.latency("other_seconds", "Other.", ["a", "b", "c"])).toThrow(/two labels/);
});
