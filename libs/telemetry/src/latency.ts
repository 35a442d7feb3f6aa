import type { Registry } from "./registry.ts";

/** From half a millisecond, under one fsync, to the longest time anybody waits for an answer. */
const BUCKETS_S = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

type Named = { readonly name: string; readonly help: string };
type Value = { metricName: string; labels: Record<string, string | number>; value: number };
/** `counts`: by bucket, each on its own; the last is of what is longer than all. */
type Series = { readonly labels: Readonly<Record<string, string>>; readonly counts: number[]; sum: number };

/**
 * How long something took, as a histogram. Observing is two look-ups in maps and two additions, because it is done
 * for every message: the client library's own histogram makes and hashes an object each time.
 */
export class Latency<L extends string = never> {
  readonly name: string;
  readonly help: string;
  readonly type = "histogram";
  readonly aggregator = "sum";
  readonly #names: readonly L[];
  /** By the first label's value, then by the second's. Labels take values from fixed lists, so it stays small. */
  readonly #series = new Map<string, Map<string, Series>>();

  constructor({ name, help }: Named, names: readonly L[]) {
    if (names.length > 2) throw new Error(`${name}: a latency has two labels at most`);
    this.name = name;
    this.help = help;
    this.#names = names;
    if (names.length === 0) this.#begin("", "");
  }

  /** Values of the labels in the order they were declared; "" where there are fewer. */
  observe(seconds: number, first = "", second = ""): void {
    const series = this.#series.get(first)?.get(second) ?? this.#begin(first, second);
    let bucket = 0;
    while (bucket < BUCKETS_S.length && seconds > (BUCKETS_S[bucket] ?? 0)) bucket++;
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
    series.sum += seconds;
  }

  /** What the client library asks of a metric when it is scraped. */
  async get(): Promise<Named & { type: string; aggregator: string; values: Value[] }> {
    const { name, help, type, aggregator } = this;
    const values = [...this.#series.values()]
      .flatMap((seconds) => [...seconds.values()])
      .flatMap((one) => this.#of(one));
    return { name, help, type, aggregator, values };
  }

  reset(): void {
    this.#series.clear();
  }

  #begin(first: string, second: string): Series {
    const [one, two] = this.#names;
    const labels = { ...(one === undefined ? {} : { [one]: first }), ...(two === undefined ? {} : { [two]: second }) };
    const series: Series = { labels, counts: Array.from({ length: BUCKETS_S.length + 1 }, () => 0), sum: 0 };
    const seconds = this.#series.get(first) ?? new Map<string, Series>();
    this.#series.set(first, seconds.set(second, series));
    return series;
  }

  /** In Prometheus a bucket counts what is in those before it, too. */
  #of({ labels, counts, sum }: Series): Value[] {
    let count = 0;
    const buckets = counts.map((own, i) => {
      count += own;
      return { metricName: `${this.name}_bucket`, labels: { le: BUCKETS_S[i] ?? "+Inf", ...labels }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${this.name}_sum`, labels, value: sum },
      { metricName: `${this.name}_count`, labels, value: count },
    ];
  }
}

/** A latency that `registry` tells of. @throws Error at a second one of the name. */
export function latencyIn<L extends string>(registry: Registry, named: Named, names: readonly L[]): Latency<L> {
  const latency = new Latency<L>(named, names);
  registry.prom.registerMetric(latency as never);
  return latency;
}
