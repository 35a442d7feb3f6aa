import type { Latencies } from "../report/latency.ts";
import type { Lane } from "./lane.ts";
import type { Sender } from "./sender.ts";

/** Members of one lane, connected and listening, some of whom speak. */
export interface Crowd {
  readonly lane: Lane;
  readonly senders: readonly Sender[];
  /** The newest seq any member has seen. */
  readonly newest: number;
  readonly notes: Notes;
  /** Keeps silent connections open; called every PING_EVERY_MS. */
  ping(): void;
  close(): void;
}

/** What is recorded, one of each for all members. */
export type Measures = { readonly delivery: Latencies; readonly answer: Latencies };

/** Well below the 35 s after which a silent client is closed. */
export const PING_EVERY_MS = 15_000;

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
