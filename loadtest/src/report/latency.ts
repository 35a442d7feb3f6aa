import { build, type Histogram, initWebAssembly } from "hdr-histogram-js";

/** Milliseconds, and how many were counted. */
export type Latency = {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly count: number;
};

/** Longer ones count as this long. Nothing waits so long: the drain after a round is shorter. */
const MAX_US = 60_000_000;

/** Latencies of one round, in steps of 1 µs with two digits of precision. */
export class Latencies {
  readonly #histogram: Histogram;

  private constructor(histogram: Histogram) {
    this.#histogram = histogram;
  }

  static async make(): Promise<Latencies> {
    await initWebAssembly();
    return new Latencies(
      build({
        useWebAssembly: true,
        lowestDiscernibleValue: 1,
        highestTrackableValue: MAX_US,
        numberOfSignificantValueDigits: 2,
      }),
    );
  }

  /** Counts `count` of `ms`. */
  record(ms: number, count = 1): void {
    const us = Math.min(Math.max(1, Math.round(ms * 1_000)), MAX_US);
    this.#histogram.recordValueWithCount(us, count);
  }

  reset(): void {
    this.#histogram.reset();
  }

  summary(): Latency {
    const ms = (percentile: number): number => this.#histogram.getValueAtPercentile(percentile) / 1_000;
    const count = this.#histogram.totalCount;
    return count === 0
      ? { p50: 0, p99: 0, max: 0, count }
      : { p50: ms(50), p99: ms(99), max: this.#histogram.maxValue / 1_000, count };
  }
}
