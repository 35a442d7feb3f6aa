import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Serves this process's CPU time as Prometheus text on 127.0.0.1. Resolves with the port. */
export function serveCpuMetrics(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer((_request, response) => {
      const { user, system } = process.cpuUsage();
      response.setHeader("content-type", "text/plain; version=0.0.4");
      response.end(`process_cpu_seconds_total ${(user + system) / 1e6}\n`);
    });
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
