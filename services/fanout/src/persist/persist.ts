import { JOURNAL_CHECKPOINT } from "@guildhall/installation";
import { AppError, sleep } from "@guildhall/kernel";
import { seeded } from "@guildhall/kernel/seeded";
import type { Entry, RowWrite } from "@guildhall/proto";
import { type Store, timestampOf, type Write } from "@guildhall/store";
import type { Log } from "@guildhall/telemetry/log";
import { rowOfEntry, TIMELINE } from "@guildhall/timeline";

/** Records that wait for the store, a partition. At the bound commands are refused until it catches up. */
export const BACKLOG_MAX_BYTES = 16 * 1024 * 1024;
/** One write to the store takes at most this much. */
const BATCH_MAX_BYTES = 2 * 1024 * 1024;
/**
 * Partitions of a process write at the same moments, in as many parties as this: what is written in one turn is one
 * commit of an embedded store, and no party has so much to write that everybody waits for it.
 */
const PARTIES = 4;
const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 5_000;
/** While closing, a try that would wait this long is not made: the journal has what is not stored. */
const CLOSING_RETRY_MAX_MS = 1_000;

export type Stored = { readonly position: number; readonly entries: readonly Entry[] };

type Item = { readonly position: number; readonly entries: readonly Entry[]; readonly bytes: number };

export type PersistPorts = {
  readonly store: Store;
  readonly log: Log;
  /** A record waits at most this long for others to go with it, ms: fewer and larger writes. */
  readonly gatherMs: number;
  /** How far the relay is. */
  readonly relayed: () => number;
  readonly onStored: (stored: Stored) => void;
};

/**
 * Writes acknowledged records to the store in journal order, in the background, and moves the checkpoint
 * over what is there. A write that fails is repeated for ever: it changes nothing when it comes twice.
 */
export class Persist implements AsyncDisposable {
  readonly #p: number;
  readonly #ep: number;
  readonly #ports: PersistPorts;
  readonly #queue: Item[] = [];
  /** Taken from the queue and not stored yet. */
  #writing: readonly Item[] = [];
  #bytes = 0;
  #stored: number;
  #running: Promise<void> | undefined;
  #closing = false;
  /** Ends the wait for more to store. */
  #hurry: () => void = () => {};

  constructor(p: number, ep: number, stored: number, ports: PersistPorts) {
    this.#p = p;
    this.#ep = ep;
    this.#stored = stored;
    this.#ports = ports;
  }

  /** Position up to which the store has everything. */
  get stored(): number {
    return this.#stored;
  }

  get backlogBytes(): number {
    return this.#bytes;
  }

  /** When the oldest entry that the store does not have was decided, by its owner's clock; undefined: it has all. */
  get oldestAtMs(): number | undefined {
    const hasEntry = ({ entries }: Item): boolean => entries.length > 0;
    const oldest = this.#writing.find(hasEntry) ?? this.#queue.find(hasEntry);
    return oldest?.entries[0]?.at;
  }

  get behind(): boolean {
    return this.#bytes >= BACKLOG_MAX_BYTES;
  }

  add(position: number, entries: readonly Entry[], bytes: number): void {
    this.#queue.push({ position, entries, bytes });
    this.#bytes += bytes;
    if (this.#bytes >= BATCH_MAX_BYTES) this.#hurry();
    this.#running ??= this.#run();
  }

  /** Stores what is left, if the store lets it within a few tries, and stops. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    this.#hurry();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let retryMs = RETRY_MIN_MS; this.#queue.length > 0; ) {
      await this.#turn();
      const items = this.#take();
      this.#writing = items;
      try {
        await this.#write(items);
        this.#writing = [];
        retryMs = RETRY_MIN_MS;
      } catch (error) {
        this.#writing = [];
        this.#queue.unshift(...items);
        if (!(error instanceof AppError)) this.#ports.log.error("store_write_failed", error, { p: this.#p });
        if (this.#closing && retryMs >= CLOSING_RETRY_MAX_MS) break;
        await sleep(retryMs);
        retryMs = Math.min(RETRY_MAX_MS, retryMs * 2);
      }
    }
    this.#running = undefined;
  }

  /** Resolves when it is this partition's turn; at once while closing, and where a write is full already. */
  async #turn(): Promise<void> {
    if (this.#closing || this.#bytes >= BATCH_MAX_BYTES) return;
    const hurried = new Promise<void>((resolve) => {
      this.#hurry = resolve;
    });
    await Promise.race([sleep(this.#untilTurnMs()), hurried]);
  }

  /** In whole ms, so that a party's timers end together. */
  #untilTurnMs(): number {
    const { gatherMs } = this.#ports;
    const turnMs = ((this.#p % PARTIES) * gatherMs) / PARTIES;
    const sinceMs = (performance.now() - turnMs) % gatherMs;
    return Math.ceil(gatherMs - sinceMs);
  }

  #take(): Item[] {
    let bytes = 0;
    let count = 0;
    for (const item of this.#queue) {
      if (count > 0 && bytes + item.bytes > BATCH_MAX_BYTES) break;
      bytes += item.bytes;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  async #write(items: readonly Item[]): Promise<void> {
    const position = items.at(-1)?.position ?? this.#stored;
    const writes = new Map<string, Write>();
    for (const item of items) {
      const timestamp = timestampOf(this.#ep, seeded("rule-6-record-timestamps") ? Date.now() : item.position);
      for (const entry of item.entries) {
        for (const [table, key, row] of rowsOf(entry))
          writes.set(`${table}/${key.join("/")}`, { table, key, row, timestamp });
      }
    }
    const checkpoint = { p: this.#p, ep: this.#ep, pos: position, relay: Math.min(position, this.#ports.relayed()) };
    const timestamp = timestampOf(this.#ep, position);
    if (seeded("rule-7-checkpoint-prefix")) {
      await this.#ports.store.write([{ table: JOURNAL_CHECKPOINT.name, key: [this.#p], row: checkpoint, timestamp }]);
    }
    await this.#ports.store.write([
      ...writes.values(),
      { table: JOURNAL_CHECKPOINT.name, key: [this.#p], row: checkpoint, timestamp },
    ]);
    this.#stored = position;
    for (const item of items) this.#bytes -= item.bytes;
    this.#ports.onStored({ position, entries: items.flatMap((item) => item.entries) });
  }
}

/** All rows of an entry: its own in the timeline first, so that what it rewrites comes after. */
function rowsOf(entry: Entry): RowWrite[] {
  if (entry.s === 0) return [...entry.w];
  const row = rowOfEntry(entry);
  return [[TIMELINE.name, [row.g, row.l, row.bk, row.s], row], ...entry.w];
}
