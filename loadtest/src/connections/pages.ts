import type { Latencies } from "../report/latency.ts";

/** A gateway's ring holds the newest 2,000 events of a lane: pages within the first number are in it, beyond the second never. */
const IN_RING_EVENTS = 1_000;
const BEYOND_RING_EVENTS = 2_500;

/** The page of events before a seq, and whether only the store has it. */
export type Place = { readonly before: number; readonly stored: boolean };

/** Chooses pages, and keeps how long they took: all, and those of the store by themselves. */
export class Pages {
  readonly all: Latencies;
  readonly stored: Latencies;

  constructor(all: Latencies, stored: Latencies) {
    this.all = all;
    this.stored = stored;
  }

  /** Every other page is one that only the store has, where the lane is long enough. `random`: from 0 up to, but not, 1. */
  place(number: number, newest: number, count: number, random = Math.random()): Place {
    const oldEnd = newest - BEYOND_RING_EVENTS;
    const stored = number % 2 === 1 && oldEnd > count;
    const high = stored ? oldEnd : newest;
    const low = stored ? count + 1 : Math.max(count + 1, newest - IN_RING_EVENTS + count);
    return { before: low + Math.floor(random * Math.max(1, high - low + 1)), stored };
  }

  record({ stored }: Place, ms: number): void {
    this.all.record(ms);
    if (stored) this.stored.record(ms);
  }
}

/** Whether an answer is the page of exactly the `count` events before seq `before`. */
export function isPageBefore(d: unknown, before: number, count: number): boolean {
  if (typeof d !== "object" || d === null || !("e" in d) || !Array.isArray(d.e)) return false;
  const seqs = d.e.map((event: { readonly s: number }) => event.s);
  return seqs.length === count && seqs.every((s, i) => s === before - count + i);
}
