import type { RowKey } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import type { Key } from "@guildhall/store";
import {
  RANGE_MAX,
  rowOfEntry,
  TIMELINE,
  TIMELINE_BUCKETS,
  type TimelineReader,
  timelineReader,
} from "@guildhall/timeline";
import { contextOf } from "./decide.ts";
import type { Entity, Job } from "./entity.ts";
import { hashText } from "./hash.ts";
import { Lane } from "./lane.ts";
import { NONCES_MAX } from "./nonces.ts";
import type { Reads } from "./prompt-reads.ts";
import { type Rows, rowId } from "./rows.ts";
import type { Declared } from "./transaction.ts";

/** Nonces are looked up a little further back than asked, so that the next command finds its own there. */
const NONCE_MARGIN_MS = 1_000;
/** Entries looked through for one nonce. What is further back is refused as too old to be sure of. */
const LOOKUP_MAX = NONCES_MAX / 2;

/** Brings into memory what a command of an entity needs before it may run. */
export class Loading {
  readonly #rows: Rows;
  readonly #timeline: TimelineReader;

  constructor(store: Reads, rows: Rows) {
    this.#rows = rows;
    this.#timeline = timelineReader(store);
  }

  /** The lane, if its head is known. */
  lane(entity: Entity, l: number): Lane | undefined {
    const lane = entity.lanes.get(l);
    return lane === undefined || lane.bkAt < 0 ? undefined : lane;
  }

  async loadLane(entity: Entity, l: number): Promise<void> {
    const known = entity.lanes.get(l);
    if (known === undefined) {
      const lane = new Lane(entity.g, l);
      const last = await this.#timeline.last(entity.g, l);
      // A question may have asked for it as well, and a command have moved it on since.
      if (entity.lanes.has(l)) return;
      if (last !== undefined) {
        const { row, bucket } = last;
        lane.s = row.s;
        lane.at = row.at;
        lane.m = row.m;
        lane.pv = row.pv;
        lane.bk = bucket.bk;
        lane.bkAt = bucket.at;
        lane.bb = row.bb;
        lane.storedTo = row.s;
      }
      entity.lanes.set(l, lane);
    } else if (known.bkAt < 0) {
      known.bkAt = (await this.#rows.get(TIMELINE_BUCKETS, entity.g, l, known.bk))?.at ?? known.at;
    }
    const lane = entity.lanes.get(l);
    if (lane !== undefined && lane.s === 0) entity.nonces.coveredFromMs = 0;
  }

  /**
   * Remembers every nonce used in the lane since a little before `earliestMs`.
   * @throws AppError `STALE_NONCE` when more than LOOKUP_MAX entries came since.
   */
  async loadNonces(entity: Entity, l: number, earliestMs: number): Promise<void> {
    const fromMs = earliestMs - NONCE_MARGIN_MS;
    const lane = entity.lanes.get(l);
    const end = lane?.s ?? 0;
    const from = await this.#timeline.seqAt(entity.g, l, fromMs);
    if (end - from > LOOKUP_MAX) throw new AppError("STALE_NONCE", `${end - from} entries since`);
    for (let s = from; s <= end; s += RANGE_MAX) {
      for (const row of await this.#timeline.range(entity.g, l, s, Math.min(end, s + RANGE_MAX - 1))) {
        if (row.n === null || row.h === null) continue;
        entity.nonces.restore(row.u, row.n, { s: row.s, at: row.at, m: row.m, pv: row.pv, hash: hashText(row.h) });
      }
    }
    entity.nonces.coveredFromMs = Math.min(entity.nonces.coveredFromMs, fromMs);
  }

  /** The rows named, by the names given; undefined when one has to be loaded first. */
  declared(entity: Entity, keys: readonly RowKey[]): Declared | undefined {
    const found: Declared[number][] = [];
    for (const [{ name }, key] of keys) {
      const known = name === TIMELINE.name ? this.#timelineRow(entity, key) : this.#rows.known(rowId(name, key));
      if (known === undefined) return undefined;
      found.push({ table: name, key, row: known ?? undefined });
    }
    return found;
  }

  /** As Rows.known, for a row of the timeline. */
  #timelineRow(entity: Entity, key: Key): object | null | undefined {
    const real = this.#timelineKey(entity, key);
    if (real === undefined) return undefined;
    const known = this.#rows.known(rowId(TIMELINE.name, real));
    if (known !== undefined) return known;
    return this.#unstoredRow(entity, key) ?? (real[2] === NO_BUCKET ? null : undefined);
  }

  /**
   * The rows of all who wait, side by side: one after another, each would wait for the store once more. Never rejects:
   * what could not be loaded is missed by who needs it.
   */
  async loadAhead(entity: Entity, nowMs: number): Promise<void> {
    const wanted = new Map<string, RowKey>();
    for (const job of entity.queue) {
      for (const row of readsOf(job, nowMs)) {
        // Where those of the timeline are is known once the lane is.
        if (row[0].name !== TIMELINE.name) wanted.set(rowId(row[0].name, row[1]), row);
      }
    }
    await Promise.allSettled([...wanted.values()].map(([table, key]) => this.#rows.load(table, key)));
  }

  /**
   * Side by side: whoever comes first to an entity waits for all of them.
   * @throws AppError `UNAVAILABLE` for a message whose body has left memory and is not stored; and what the store throws.
   */
  async loadRows(entity: Entity, keys: readonly RowKey[]): Promise<void> {
    await Promise.all(keys.map((key) => this.#loadRow(entity, key)));
  }

  async #loadRow(entity: Entity, [table, key]: RowKey): Promise<void> {
    if (table.name !== TIMELINE.name) return await this.#rows.load(table, key);
    const [g, l, , s] = key as readonly number[];
    if (g === undefined || l === undefined || s === undefined) throw new Error("a timeline key has four parts");
    if (this.#timelineKey(entity, key) === undefined) {
      const [bucket] = await this.#rows.scan(TIMELINE_BUCKETS, [g, l], { to: s, reverse: true, limit: 1 });
      entity.rememberBucket(l, s, bucket?.bk ?? NO_BUCKET);
    }
    const real = this.#timelineKey(entity, key);
    if (real !== undefined && real[2] !== NO_BUCKET) await this.#loadTimelineRow(entity, key, real);
  }

  /** The store has no row yet of what is not stored: looking there would hide the message. */
  async #loadTimelineRow(entity: Entity, key: Key, real: Key): Promise<void> {
    const [, l = 0, , s = 0] = key as readonly number[];
    const isStored = s <= (entity.lanes.get(l)?.storedTo ?? 0);
    if (isStored) return await this.#rows.load(TIMELINE as never, real);
    const known = this.#rows.known(rowId(TIMELINE.name, real)) ?? this.#unstoredRow(entity, key);
    if (known === undefined) throw new AppError("UNAVAILABLE", `the body of ${s} is in the journal only`);
  }

  /** The key of a timeline row with its real bucket; undefined when the bucket is not known yet. */
  #timelineKey(entity: Entity, key: Key): Key | undefined {
    const [g, l, , s] = key as readonly number[];
    if (g === undefined || l === undefined || s === undefined) return undefined;
    if (s > (entity.lanes.get(l)?.s ?? 0)) return [g, l, NO_BUCKET, s];
    const bk = entity.bucketOf(l, s);
    return bk === undefined ? undefined : [g, l, bk, s];
  }

  #unstoredRow(entity: Entity, key: Key): object | undefined {
    const [, l, , s] = key as readonly number[];
    const entry = entity.lanes.get(l ?? 0)?.entryAt(s ?? 0);
    return entry === undefined ? undefined : rowOfEntry(entry);
  }
}

function readsOf({ command, handler }: Job, nowMs: number): readonly RowKey[] {
  try {
    return handler.reads(command.a as never, contextOf(command, nowMs, 0));
  } catch {
    // It is refused in its turn.
    return [];
  }
}

/** Stands for the bucket of a seq that is in none: there is no such row. */
const NO_BUCKET = 0;
