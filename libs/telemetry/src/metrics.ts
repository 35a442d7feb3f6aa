import { Counter, Gauge } from "prom-client";
import { type Latency, latencyIn } from "./latency.ts";
import type { Registry } from "./registry.ts";

export type { Counter, Gauge, Latency };

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

    /** Observe seconds. Two labels at most. */
    latency<L extends string = never>(name: string, help: string, labels: readonly L[] = []): Latency<L> {
      const { name: full } = named(name, help);
      return latencyIn(registry, { name: full, help }, labels);
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
