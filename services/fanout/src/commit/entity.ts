import type { Handler } from "@guildhall/entity";
import type { Command, CommandReply, CommandSpec } from "@guildhall/proto";
import type { Lane } from "./lane.ts";
import type { Nonces } from "./nonces.ts";

/** A command that waits for its turn. */
export type Job = {
  readonly command: Command;
  readonly spec: CommandSpec;
  readonly handler: Handler;
  readonly settle: (reply: CommandReply) => void;
};

/** Commands of one entity that wait behind a load. One more is refused with UNAVAILABLE. */
export const QUEUE_MAX = 256;
/** Buckets of older rows remembered, an entity; at the bound all are forgotten. */
const BUCKETS_MAX = 1_000;

/** What the owner keeps of one entity. */
export class Entity {
  readonly g: number;
  readonly lanes = new Map<number, Lane>();
  readonly queue: Job[] = [];
  readonly nonces: Nonces;
  readonly #buckets = new Map<string, number>();
  loading = false;
  usedMs = 0;

  constructor(g: number, nonces: Nonces) {
    this.g = g;
    this.nonces = nonces;
  }

  bucketOf(l: number, s: number): number | undefined {
    const lane = this.lanes.get(l);
    if (lane !== undefined && lane.bk > 0 && s >= lane.bk) return lane.bk;
    return this.#buckets.get(`${l}/${s}`);
  }

  rememberBucket(l: number, s: number, bk: number): void {
    if (this.#buckets.size >= BUCKETS_MAX) this.#buckets.clear();
    this.#buckets.set(`${l}/${s}`, bk);
  }

  /** Whether no lane of it has an entry. */
  get bare(): boolean {
    for (const lane of this.lanes.values()) if (lane.s > 0) return false;
    return true;
  }

  /** Whether nothing of it would be lost with it. */
  get idle(): boolean {
    if (this.loading || this.queue.length > 0) return false;
    for (const lane of this.lanes.values()) if (lane.storedTo < lane.s) return false;
    return true;
  }
}
