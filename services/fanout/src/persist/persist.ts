import { JOURNAL_CHECKPOINT } from "@guildhall/installation";
import type { Journal } from "@guildhall/journal";
import { AppError, type Clock, sleep } from "@guildhall/kernel";
import { seeded } from "@guildhall/kernel/seeded";
import type { Entry, RowWrite } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { type Store, timestampOf, type Write } from "@guildhall/store";
import type { Log } from "@guildhall/telemetry/log";
import { rowOfEntry, TIMELINE } from "@guildhall/timeline";
import { decodeRecord } from "@guildhall/wire";
import { BATCH_MAX_BYTES, Backlog, type Batch, type Item } from "./backlog.ts";
import type { Turns } from "./turns.ts";

/**
 * Partitions of a process write at the same moments, in as many parties as this: what is written in one turn is one
 * commit of an embedded store, and no party has so much to write that everybody waits for it.
 */
const PARTIES = 4;
/** The store may be so far behind: nonces are remembered for as long, ms. */
const BEHIND_MAX_MS = LIMITS.nonceMaxAgeMs;
const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 5_000;
/** While closing, a try that would wait this long is not made: the journal has what is not stored. */
const CLOSING_RETRY_MAX_MS = 1_000;

export type Stored = { readonly position: number; readonly entries: readonly Entry[] };

export type PersistPorts = {
  readonly store: Store;
  /** Of what waits for the store, this many bytes stay in memory, and the batch that is being written. */
  readonly memoryMaxBytes: number;
  /** Where what has left memory is read again. */
  readonly journal: Pick<Journal, "read">;
  /** Whose turn it is to read something again and store it. */
  readonly rereads: Turns;
  readonly log: Log;
  readonly clock: Pick<Clock, "nowMs">;
  /** A record waits at most this long for others to go with it, ms: fewer and larger writes. */
  readonly gatherMs: number;
  /** How far the relay is. */
  readonly relayed: () => number;
  readonly onStored: (stored: Stored) => void;
  /** The bodies of these entries, up to this position, are in the journal only: nobody may hold on to them. */
  readonly onGone: (gone: Stored) => void;
  /** So many records were read from the journal again. */
  readonly onReread: (records: number) => void;
};

/**
 * Writes acknowledged records to the store in journal order, in the background, and moves the checkpoint
 * over what is there. A write that fails is repeated for ever: it changes nothing when it comes twice. What waits
 * beyond the bound is left to the journal, oldest first, and read from there when its turn has come.
 */
export class Persist implements AsyncDisposable {
  readonly #p: number;
  readonly #ep: number;
  readonly #ports: PersistPorts;
  readonly #backlog: Backlog;
  /** Taken from the backlog and not stored yet. */
  #batch: Batch | undefined;
  #stored: number;
  /** The last batch was read again: what comes behind it has waited for long, and waits for no turn. */
  #catchingUp = false;
  #running: Promise<void> | undefined;
  #closing = false;
  /** Ends the wait for more to store. */
  #hurry: () => void = () => {};

  constructor(p: number, ep: number, stored: number, ports: PersistPorts) {
    this.#p = p;
    this.#ep = ep;
    this.#stored = stored;
    this.#ports = ports;
    this.#backlog = new Backlog(ports.memoryMaxBytes);
  }

  /** Position up to which the store has everything. */
  get stored(): number {
    return this.#stored;
  }

  get backlogBytes(): number {
    return this.#backlog.bytes;
  }

  /** Of these, what has left memory. */
  get goneBytes(): number {
    return this.#backlog.pageBytes;
  }

  /** When the oldest entry that the store does not have was decided, by its owner's clock; undefined: it has all. */
  get oldestAtMs(): number | undefined {
    return this.#batch?.atMs ?? this.#backlog.oldestAtMs;
  }

  /**
   * Rows and nonces that wait for the store are as many as may, or the oldest for as long as may: commands are refused
   * until it catches up.
   */
  get behind(): boolean {
    const { oldestAtMs } = this;
    return this.#backlog.full || (oldestAtMs !== undefined && this.#ports.clock.nowMs() - oldestAtMs > BEHIND_MAX_MS);
  }

  add(position: number, entries: readonly Entry[], bytes: number): void {
    const gone = this.#backlog.add({ position, entries, bytes });
    const last = gone.at(-1);
    if (last !== undefined) {
      this.#ports.onGone({ position: last.position, entries: gone.flatMap((item) => item.entries) });
    }
    this.#begin();
  }

  /** As `add`, for a record whose bodies are in the journal only; all before it are such too. */
  addGone(position: number, entries: readonly Entry[], bytes: number): void {
    this.#backlog.addWithout({ position, entries, bytes });
    this.#ports.onGone({ position, entries });
    this.#begin();
  }

  /**
   * Stores what is left in memory, if the store lets it within a few tries, and stops. What would have to be read again
   * is left to the next owner.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    this.#hurry();
    await this.#running;
  }

  #begin(): void {
    if (this.#pressing) this.#hurry();
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    for (let retryMs = RETRY_MIN_MS; this.#batch !== undefined || !this.#backlog.empty; ) {
      await this.#turn();
      // Kept over a failure: what was read again need not be read once more.
      this.#batch ??= this.#backlog.take();
      if (this.#batch === undefined || (this.#closing && this.#batch.items === undefined)) break;
      try {
        this.#catchingUp = this.#batch.items === undefined;
        await this.#inTurn(this.#batch);
        this.#batch = undefined;
        retryMs = RETRY_MIN_MS;
      } catch (error) {
        const expected = error instanceof AppError && error.code === "UNAVAILABLE";
        if (!expected) this.#ports.log.error("store_write_failed", error, { p: this.#p });
        if (this.#closing && retryMs >= CLOSING_RETRY_MAX_MS) break;
        await sleep(retryMs);
        retryMs = Math.min(RETRY_MAX_MS, retryMs * 2);
      }
    }
    this.#running = undefined;
  }

  /** A write is full, or memory is. */
  get #pressing(): boolean {
    return this.#backlog.bytes >= BATCH_MAX_BYTES || this.#backlog.pageBytes > 0;
  }

  /** Resolves when it is this partition's turn; at once while closing or catching up, and where a write or the memory is full. */
  async #turn(): Promise<void> {
    if (this.#closing || this.#catchingUp || this.#pressing) return;
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

  /** A page is read and written in its turn among the partitions. @throws as `#write`. */
  async #inTurn(batch: Batch): Promise<void> {
    if (batch.items !== undefined) return await this.#write(batch);
    await this.#ports.rereads.run(async () => {
      if (this.#closing) throw new AppError("UNAVAILABLE", "left to the next owner");
      await this.#write(batch);
    });
  }

  /** @throws what journal and store throw. */
  async #write(batch: Batch): Promise<void> {
    batch.items ??= await this.#reread(batch);
    const { items, to: position } = batch;
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
    this.#backlog.stored(batch);
    this.#ports.onStored({ position, entries: items.flatMap((item) => item.entries) });
  }

  /**
   * The records of a page, all of them.
   * @throws AppError `UNAVAILABLE` where the journal brings fewer; and what it throws.
   */
  async #reread({ from, to }: Batch): Promise<Item[]> {
    const found = await this.#ports.journal.read(this.#p, from, to - from + 1);
    if (found.length !== to - from + 1) throw new AppError("UNAVAILABLE", `journal has ${found.length} from ${from}`);
    this.#ports.log.info("journal_reread", { p: this.#p, from, to });
    this.#ports.onReread(found.length);
    const items = found.map(({ position, data }) => ({ position, entries: decodeRecord(data).e, bytes: data.length }));
    return seeded("rule-7-reread-whole") ? items.slice(1) : items;
  }
}

/** All rows of an entry: its own in the timeline first, so that what it rewrites comes after. */
function rowsOf(entry: Entry): RowWrite[] {
  if (entry.s === 0) return [...entry.w];
  const row = rowOfEntry(entry);
  return [[TIMELINE.name, [row.g, row.l, row.bk, row.s], row], ...entry.w];
}
