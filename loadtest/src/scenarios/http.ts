import type { Closers } from "@guildhall/kernel";
import autocannon from "autocannon";
import { startGuildhall } from "../processes/servers.ts";
import { shortNumber, tableOf } from "../report/table.ts";
import type { Surroundings } from "./surroundings.ts";

export type HttpPlan = { readonly connections: number; readonly seconds: number };

/** What came of one path. `failed`: errors, timeouts and answers that are not 2xx. */
export type HttpRow = {
  readonly path: string;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly requests: number;
  readonly failed: number;
};

/** What probes ask, as fast as it is answered. */
const PATHS = ["/healthz", "/readyz"] as const;
const SERVER_CORE = 0;

/** Asks each path for some seconds over some connections, one request at a time on each. */
export async function runHttp(plan: HttpPlan, around: Surroundings, closers: Closers): Promise<readonly HttpRow[]> {
  const { api } = around.where ?? (await startGuildhall(closers, SERVER_CORE, around.env));
  const rows: HttpRow[] = [];
  for (const path of PATHS) {
    around.say(`GET ${path} for ${plan.seconds} s over ${plan.connections} connections`);
    const { latency, requests, errors, timeouts, non2xx } = await autocannon({
      url: `${api}${path}`,
      connections: plan.connections,
      duration: plan.seconds,
      pipelining: 1,
    });
    rows.push({
      path,
      requestsPerSecond: requests.average,
      p50Ms: latency.p50,
      p99Ms: latency.p99,
      maxMs: latency.max,
      requests: requests.total,
      failed: errors + timeouts + non2xx,
    });
  }
  return rows;
}

export function httpReportText(rows: readonly HttpRow[]): string {
  const head = ["", "requests/s", "p50 ms", "p99 ms", "max ms", "requests", "failed"];
  const lines = rows.map(({ path, ...numbers }) => [path, ...Object.values(numbers).map(shortNumber)]);
  return tableOf([head, ...lines]);
}
