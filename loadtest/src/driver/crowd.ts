import type { Latencies } from "../report/latency.ts";
import type { Deliveries } from "./faults.ts";
import { NO_DELIVERIES } from "./faults.ts";
import type { Lane } from "./lane.ts";
import type { Sender } from "./sender.ts";

/** One group: its members' lane at each server that serves some of them, and those of them who speak. */
export interface CrowdGroup {
  readonly lanes: readonly Lane[];
  readonly senders: readonly Sender[];
  /** The newest seq any member has seen. */
  readonly newest: number;
}

/** Groups of people, connected and listening. Nobody is in two of them. */
export interface Crowd {
  readonly groups: readonly CrowdGroup[];
  /** Those of all groups. */
  readonly senders: readonly Sender[];
  readonly notes: Notes;
  /** Ids of the groups, where the server gives them any. */
  readonly ids: readonly number[];
  /** Keeps the silent connections of one of PING_TURNS parts open. */
  ping(turn: number): void;
  close(): void;
}

/** What is recorded, one of each for all members. */
export type Measures = { readonly delivery: Latencies; readonly answer: Latencies };

/** Everybody pings this often: well below the 35 s after which a silent client is closed. */
export const PING_EVERY_MS = 15_000;
/** Not all at once: pings of thousands in one turn would hold up deliveries. */
export const PING_TURNS = 150;

/** Handshakes, and requests of the set-up, that wait at once. */
export const SETUP_AT_ONCE = 64;

const NOTES_MAX = 20;

/** What went wrong in words: the first 20 different things, and how many connections were lost. */
export class Notes {
  readonly #texts = new Set<string>();
  closed = 0;

  get texts(): readonly string[] {
    return [...this.#texts];
  }

  add(text: string): void {
    if (this.#texts.size < NOTES_MAX) this.#texts.add(text);
  }
}

/** Runs `work` for 0 to `count` − 1, at most SETUP_AT_ONCE at a time. @throws the first failure. */
export async function forEach(count: number, work: (number: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lanes = Array.from({ length: Math.min(SETUP_AT_ONCE, count) }, async () => {
    while (next < count) await work(next++);
  });
  await Promise.all(lanes);
}

/** The deliveries of all groups together. */
export function deliveriesOf({ groups }: Crowd): Deliveries {
  const sum: Deliveries = { ...NO_DELIVERIES };
  for (const { counts } of groups.flatMap(({ lanes }) => lanes)) {
    for (const name of Object.keys(sum) as (keyof Deliveries)[]) sum[name] += counts[name];
  }
  return sum;
}
