import { metricsFor, type Registry } from "@guildhall/telemetry";
import type { Counted } from "./http/rates.ts";

export type ApiMetrics = ReturnType<typeof apiMetrics>;

/** Everything the api measures. `route` is a pattern from the code, never a path a client sent. */
export function apiMetrics(registry: Registry, hashesWaiting: () => number) {
  const metric = metricsFor("api", registry);
  const requests = metric.latency("request_seconds", "HTTP request, from its head to its answer", ["route", "status"]);
  const refused = metric.counter(
    "refresh_refused_total",
    "Refresh tokens that did not hold: expired, forged or used twice",
  );
  const limited = metric.counter("rate_limited_total", "Requests refused because of a limit", ["limit"]);
  metric.gaugeFrom("password_hashes_waiting", "Passwords that wait to be hashed", hashesWaiting);
  return {
    requestDone(route: string, status: number, seconds: number): void {
      requests.observe(seconds, route, String(status));
    },
    rateLimited(limit: Counted): void {
      limited.inc({ limit });
    },
    refreshRefused(): void {
      refused.inc();
    },
  };
}
