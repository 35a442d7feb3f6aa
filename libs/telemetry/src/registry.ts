import { collectDefaultMetrics, Registry as PromRegistry } from "prom-client";

/**
 * All metrics of one process, its own use of CPU, memory and event loop among them. One a process.
 */
export class Registry {
  /** For `metricsFor` only. */
  readonly prom = new PromRegistry();

  constructor() {
    collectDefaultMetrics({ register: this.prom });
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
