import { sleep } from "@guildhall/kernel";
import type { CassandraInspector } from "@guildhall/store/cassandra-inspect";
import { TIMELINE, type TimelineReader } from "@guildhall/timeline";
import { Places, readPage } from "./pages.ts";
import type { Town } from "./town.ts";
import type { Writers } from "./writers.ts";

const MESSAGES_PER_S = 1_000;
/** Asked for at this rate, whatever is answered when; who is late counts from when it was due. */
const PAGES_PER_S = 50;
/** Pages under way; at the bound the next waits, and that counts. */
const UNDER_WAY_MAX = 16;

export type Pages = {
  readonly pages: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly writtenPerS: number;
  readonly wrong: readonly string[];
};

/** Reads so many pages, one after another, and does not look at them: the first ones warm up server and reader. */
export async function warmUp(town: Town, reader: TimelineReader, random: () => number, pages: number): Promise<void> {
  const places = new Places(town, random);
  for (let page = 0; page < pages; page++) await readPage(reader, places.next());
}

/** Pages from anywhere while messages are written by the same code as ever. */
export async function pagesBesideWriting(
  town: Town,
  writers: Writers,
  reader: TimelineReader,
  random: () => number,
  seconds: number,
): Promise<Pages> {
  const places = new Places(town, random);
  const times: number[] = [];
  const wrong: string[] = [];
  const startMs = performance.now();
  const untilMs = startMs + seconds * 1_000;
  const before = writers.stored;
  const writing = writers.write(MESSAGES_PER_S, untilMs);
  const under = new Set<Promise<void>>();
  for (let dueMs = startMs; dueMs < untilMs; dueMs += 1_000 / PAGES_PER_S) {
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    while (under.size >= UNDER_WAY_MAX) await Promise.race(under);
    // A timer that fires late is this process's own lateness, not the store's.
    const fromMs = waitMs > 0 ? performance.now() : dueMs;
    const one = readPage(reader, places.next()).then(
      (shown) => {
        times.push(performance.now() - fromMs);
        if (shown.wrong !== undefined) wrong.push(shown.wrong);
      },
      (error: unknown) => void wrong.push(String(error)),
    );
    under.add(one);
    void one.finally(() => under.delete(one));
  }
  await Promise.all(under);
  await writing;
  const writtenPerS = (writers.stored - before) / ((performance.now() - startMs) / 1_000);
  await writers.drained();
  const [p50Ms, p99Ms, maxMs] = [quantile(times, 0.5), quantile(times, 0.99), quantile(times, 1)];
  return { pages: times.length, p50Ms, p99Ms, maxMs, writtenPerS, wrong };
}

function quantile(values: readonly number[], share: number): number {
  const rising = values.toSorted((a, b) => a - b);
  return rising[Math.min(rising.length - 1, Math.floor(rising.length * share))] ?? 0;
}

export type Traced = {
  readonly pages: number;
  /** How many pages read so many message partitions: `[pages with none, with one, with two, …]`. */
  readonly byPartitions: readonly number[];
  /** Pages that read two though all of their rows are in one bucket. */
  readonly needless: number;
  readonly statementsAPage: number;
  readonly filesAPage: number;
  /** What the server says that it took for the statements of a page, ms. */
  readonly serverP50Ms: number;
  readonly serverP99Ms: number;
  readonly wrong: readonly string[];
};

/** A reader whose every statement is traced by the server, and what was traced since it was last asked. */
export type TracedReader = { readonly reader: TimelineReader; take(): readonly { query: string; traceId: string }[] };

/** One page after another: what the server says it read for each. `plain` looks at the row before a page by date. */
export async function tracedPages(
  town: Town,
  { reader, take }: TracedReader,
  plain: TimelineReader,
  inspector: CassandraInspector,
  random: () => number,
  pages: number,
): Promise<Traced> {
  const places = new Places(town, random);
  const byPartitions: number[] = [];
  const wrong: string[] = [];
  const serverMs: number[] = [];
  let [needless, statements, files] = [0, 0, 0];
  for (let page = 0; page < pages; page++) {
    const wanted = places.next();
    const shown = await readPage(reader, wanted);
    if (shown.wrong !== undefined) wrong.push(shown.wrong);
    if (wanted.form === "at" && shown.a > 1) {
      const [row] = await plain.range(wanted.hall.g, 0, shown.a - 1, shown.a - 1);
      if (row === undefined || row.at >= wanted.atMs)
        wrong.push(`${shown.a - 1} of ${wanted.hall.g} is in the page too`);
    }
    const traced = take();
    statements += traced.length;
    const partitions = new Set<string>();
    let ms = 0;
    for (const { query, traceId } of traced) {
      const trace = await inspector.trace(traceId);
      ms += trace.ms;
      if (!query.includes(`"${TIMELINE.name}" `)) continue;
      if (trace.partitions.length !== 1) wrong.push(`${trace.partitions.length} partitions in one statement: ${query}`);
      files += trace.files;
      for (const key of trace.partitions) partitions.add(key.split("/").slice(0, 3).join("/"));
    }
    serverMs.push(ms);
    byPartitions[partitions.size] = (byPartitions[partitions.size] ?? 0) + 1;
    if (partitions.size > Math.max(1, shown.buckets)) needless++;
  }
  return {
    pages,
    byPartitions: Array.from(byPartitions, (count) => count ?? 0),
    needless,
    statementsAPage: statements / pages,
    filesAPage: files / pages,
    serverP50Ms: quantile(serverMs, 0.5),
    serverP99Ms: quantile(serverMs, 0.99),
    wrong,
  };
}
