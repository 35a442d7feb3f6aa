import { collectDefaultMetrics, Registry as PromRegistry } from "prom-client";

/**
 * How often the event loop is looked at, ms: each look wakes the process, and at prom-client's own 10 ms that was a
 * third of what an idle one took.
 */
const LOOP_LOOK_MS = 50;

/**
 * All metrics of one process, its own use of CPU, memory and event loop among them. One a process.
 */
export class Registry {
  /** For `metricsFor` only. */
  readonly prom = new PromRegistry();

  constructor() {
    collectDefaultMetrics({ register: this.prom, eventLoopMonitoringPrecision: LOOP_LOOK_MS });
  }

  /** Content-Type of `text()`. */
  get contentType(): string {
    return this.prom.contentType;
  }

  /** Everything, in Prometheus' text format. */
  text(): Promise<string> {
    return this.prom.metrics();
  }
}
