import type { Answer, Refusal } from "@guildhall/proto";
import { metricsFor, type Registry } from "@guildhall/telemetry";

/** One check in this many is timed. */
const TIMED_EVERY = 64;
/** How old the number of checks at a scrape may be. */
const FLUSH_EVERY_MS = 1_000;

type Result = "ok" | Refusal;

/** "Cannot say now": refused because nobody could tell, not because somebody said no. */
const FAIL_CLOSED: ReadonlySet<Result> = new Set(["STALE", "UNKNOWN"]);

export type PermissionMetrics = ReturnType<typeof permissionMetrics>;

/**
 * Everything the sidecar measures. A check costs an increment of a plain number; the numbers are handed on
 * every FLUSH_EVERY_MS, until `stop`.
 */
export function permissionMetrics(registry: Registry, groups: () => number) {
  const metric = metricsFor("permission", registry);
  const checks = metric.counter("checks_total", "Questions decided, by result", ["result"]);
  const seconds = metric.latency("check_seconds", "From question to answer, one in 64");
  const counts = new Map<Result, number>();
  let failClosed = 0;
  let asked = 0;

  function flush(): void {
    for (const [result, count] of counts) checks.inc({ result }, count);
    counts.clear();
  }

  metric.counterFrom(
    "fail_closed_total",
    "Questions refused because the facts were stale or unknown",
    () => failClosed,
  );
  metric.gaugeFrom("groups", "Groups whose facts are held", groups);
  const loadFailures = metric.counter("load_failures_total", "Questions for facts that an owner did not answer");
  const timer = setInterval(flush, FLUSH_EVERY_MS);
  timer.unref();

  return {
    /** Whether the check that begins now is to be timed. */
    isTimed(): boolean {
      asked = (asked + 1) % TIMED_EVERY;
      return asked === 0;
    },
    timed(ms: number): void {
      seconds.observe(ms / 1_000);
    },
    decided(answer: Answer): void {
      const result = answer.ok ? "ok" : (answer.why ?? "UNKNOWN");
      counts.set(result, (counts.get(result) ?? 0) + 1);
      if (FAIL_CLOSED.has(result)) failClosed++;
    },
    loadFailed(): void {
      loadFailures.inc();
    },
    stop(): void {
      clearInterval(timer);
      flush();
    },
  };
}
