import { AppError, sleep } from "@guildhall/kernel";
import type { OwnerClient } from "@guildhall/owner";
import { LIMITS } from "@guildhall/proto/tables";
import type { TimelineReader } from "@guildhall/timeline";
import type { Vouching } from "../devices/vouching.ts";
import type { Lane, Opened } from "./lane.ts";
import type { KeptEvent } from "./ring.ts";
import { keptOfRow } from "./stored.ts";

/** Lanes that are asked about at once; the others wait in the order they asked. */
const OPENINGS_MAX = 64;
const RETRY_FIRST_MS = 50;
const RETRY_MAX_MS = 1_000;
/** Attempts to fill a hole from the store before those who listen are told of a gap. */
const FILL_ATTEMPTS_MAX = 6;
/** A longer hole is not filled. */
const FILL_MAX_EVENTS = LIMITS.replayMaxEvents;

export type OpeningCounts = { openings: number; openingsFailed: number; holesFilled: number; holesGivenUp: number };

export type OpeningNeeds = {
  readonly owner: Pick<OwnerClient, "open">;
  readonly timeline: Pick<TimelineReader, "range">;
  readonly counts: OpeningCounts;
  /** Whether what happens in lanes may be shown to whoever is here. */
  readonly vouching: Pick<Vouching, "vouched" | "pending">;
  /** A lane may have something to flush. */
  readonly took: () => void;
  readonly failed: (error: unknown) => void;
};

/** Asks owners for the state of lanes, one question a lane at a time, and brings the lane to it. */
export class Openings {
  readonly #needs: OpeningNeeds;
  readonly #running = new Set<Lane>();
  #queue: (() => void)[] = [];
  #asking = 0;
  #stopped = false;

  constructor(needs: OpeningNeeds) {
    this.#needs = needs;
  }

  /** One attempt to open a new lane. @throws AppError as the owner client, and `UNAVAILABLE` for an old answer. */
  async first(lane: Lane): Promise<void> {
    await this.#attempt(lane, false);
    if (lane.incomplete) this.again(lane);
  }

  /** Repeats until nothing of the lane is missing, or nobody needs it. Never rejects. */
  again(lane: Lane): void {
    if (this.#running.has(lane)) return;
    this.#running.add(lane);
    void this.#repeat(lane);
  }

  stop(): void {
    this.#stopped = true;
  }

  async #repeat(lane: Lane): Promise<void> {
    let { last } = lane;
    for (let attempt = 1; this.#wanted(lane, attempt); attempt++) {
      try {
        await this.#attempt(lane, attempt > FILL_ATTEMPTS_MAX);
      } catch (error) {
        this.#needs.counts.openingsFailed++;
        this.#needs.failed(error);
      }
      if (!lane.incomplete) continue;
      // Another hole behind the one that was filled has its attempts from the beginning.
      if (lane.last > last) attempt = 1;
      ({ last } = lane);
      await sleep(Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** attempt));
    }
    this.#running.delete(lane);
  }

  #wanted(lane: Lane, attempt: number): boolean {
    if (this.#stopped || lane.state === "closed" || lane.partition.lost) return false;
    return attempt === 1 || lane.incomplete;
  }

  async #attempt(lane: Lane, giveUp: boolean): Promise<void> {
    const { vouching } = this.#needs;
    await vouching.vouched();
    await this.#enter();
    try {
      this.#needs.counts.openings++;
      const reply = await this.#needs.owner.open(lane.g, lane.l);
      if (lane.state === "closed") return;
      judge(lane, reply);
      const before = await this.#between(lane, reply, giveUp);
      // The answer may have aged while the store was read.
      if (before.length > 0) judge(lane, reply);
      // It was asked for before nobody was heard for a while.
      if (vouching.pending) throw new AppError("UNAVAILABLE", "sign-ins are being checked", { retryAfterMs: 200 });
      lane.take(reply, before, giveUp);
      this.#needs.took();
    } finally {
      this.#leave();
    }
  }

  /** What the lane lacks before the answer's first event: from the store, or nothing if the lane is to move. */
  async #between(lane: Lane, reply: Opened, giveUp: boolean): Promise<KeptEvent[]> {
    const a = lane.last + 1;
    const z = (reply.events[0]?.s ?? reply.s + 1) - 1;
    if (lane.ep !== reply.ep || a > z || !lane.attended) return [];
    if (giveUp || z - a >= FILL_MAX_EVENTS) {
      this.#needs.counts.holesGivenUp++;
      return [];
    }
    const rows = await this.#needs.timeline.range(lane.g, lane.l, a, z);
    if (rows.length !== z - a + 1) throw new AppError("UNAVAILABLE", `store has ${rows.length} of ${a} to ${z}`);
    this.#needs.counts.holesFilled++;
    return rows.map(keptOfRow);
  }

  async #enter(): Promise<void> {
    if (this.#asking >= OPENINGS_MAX) await new Promise<void>((resolve) => this.#queue.push(resolve));
    else this.#asking++;
  }

  #leave(): void {
    const next = this.#queue.shift();
    if (next === undefined) this.#asking--;
    else next();
  }
}

/** @throws AppError `UNAVAILABLE` for an answer that cannot verify the lane; `INTERNAL` for one with a hole. */
function judge({ partition, mustSee }: Lane, reply: Opened): void {
  const again = (why: string) => new AppError("UNAVAILABLE", why, { retryAfterMs: 200 });
  if (!partition.admits(reply.ep, reply.term)) throw again("answer of a former owner");
  if (partition.lost) throw again("no beacon");
  if (reply.beacon < mustSee) throw again(`answer knows beacon ${reply.beacon}, not ${mustSee}`);
  partition.stored = Math.max(partition.stored, reply.stored);
  let s = reply.s - reply.events.length;
  for (const event of reply.events)
    if (event.s !== ++s) throw new AppError("INTERNAL", `seq ${event.s} where ${s} is due`);
}
