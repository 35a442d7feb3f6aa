import { Counter, Gauge, Histogram } from "prom-client";
import type { Registry } from "./registry.ts";

/** From half a millisecond, under one fsync, to the longest time anybody waits for an answer. */
const LATENCY_BUCKETS_S = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export type { Counter, Gauge, Histogram };

/**
 * Makes the metrics of one service, named `guildhall_<service>_<name>`. Units and `_total` belong in `name`.
 * Labels take values from fixed lists in the code: never a user, group or address.
 *
 * Each name once a registry. @throws Error at a second one.
 */
export function metricsFor(service: string, registry: Registry) {
  const named = (name: string, help: string) => ({
    name: `guildhall_${service}_${name}`,
    help,
    registers: [registry.prom],
  });
  return {
    counter<L extends string = never>(name: string, help: string, labels: readonly L[] = []): Counter<L> {
      return new Counter({ ...named(name, help), labelNames: labels });
    },

    gauge<L extends string = never>(name: string, help: string, labels: readonly L[] = []): Gauge<L> {
      return new Gauge({ ...named(name, help), labelNames: labels });
    },

    /** Observe seconds. */
    latency<L extends string = never>(name: string, help: string, labels: readonly L[] = []): Histogram<L> {
      return new Histogram({ ...named(name, help), labelNames: labels, buckets: LATENCY_BUCKETS_S });
    },

    /** A number that goes up and down, read at each scrape: nothing is counted on the way. */
    gaugeFrom(name: string, help: string, read: () => number): void {
      new Gauge({
        ...named(name, help),
        collect() {
          this.set(read());
        },
      });
    },

    /** A number that only rises, read at each scrape. */
    counterFrom(name: string, help: string, read: () => number): void {
      new Counter({
        ...named(name, help),
        collect() {
          this.reset();
          this.inc(read());
        },
      });
    },
  };
}
