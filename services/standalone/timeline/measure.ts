import { sleep } from "@guildhall/kernel";
import type { TimelineReader } from "@guildhall/timeline";
import { Places, readPage } from "./pages.ts";
import type { Town } from "./town.ts";
import type { Writers } from "./writers.ts";

const MESSAGES_PER_S = 1_000;
/** Asked for at this rate, whatever is answered when; who is late counts from when it was due. */
const PAGES_PER_S = 20;
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
      (error: unknown) => void wrong.push(String(error).split("\n", 1)[0] ?? ""),
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

/** The value below which this share of `values` is. */
export function quantile(values: readonly number[], share: number): number {
  const rising = values.toSorted((a, b) => a - b);
  return rising[Math.min(rising.length - 1, Math.floor(rising.length * share))] ?? 0;
}
