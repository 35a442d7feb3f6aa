import { Persist, Turns } from "@guildhall/fanout/persist";
import { memoryJournal } from "@guildhall/journal/memory";
import { partitionOf, sleep } from "@guildhall/kernel";
import type { Entry } from "@guildhall/proto";
import type { Store } from "@guildhall/store";
import { silentLog } from "@guildhall/telemetry/log";
import type { Town } from "./town.ts";

const PARTITIONS = 16;
/** Entries of one record while the store is filled; what gathers while a record is on its way under load. */
const RECORD_ENTRIES = 100;
/** What waits for the store, a partition: well below the bound at which an owner refuses commands. */
const BACKLOG_MAX_BYTES = 6 * 1024 * 1024;
/** There is no journal here: all that waits stays in memory. */
const MEMORY_MAX_BYTES = Number.POSITIVE_INFINITY;
/** What a record weighs beside its bodies, an entry. */
const ENTRY_BYTES = 300;
/** Records made before others get their turn. */
const RECORDS_A_TURN = 10;
/** As of a fanout on Cassandra. */
const GATHER_MS = 1_000;
const TICK_MS = 10;
const WAIT_MS = 2;

type Partition = { readonly persist: Persist; entries: Entry[]; bytes: number; position: number };

/** The persist code of owners, one a partition, and the records it is given. */
export class Writers implements AsyncDisposable {
  readonly #partitions: readonly Partition[];
  readonly #town: Town;
  #written = 0;
  #stored = 0;

  constructor(store: Store, town: Town) {
    this.#town = town;
    this.#partitions = Array.from({ length: PARTITIONS }, (_, p) => {
      const partition: Partition = { persist: this.#persist(p, store), entries: [], bytes: 0, position: 0 };
      return partition;
    });
  }

  /** Entries handed to the persist code, and those it has stored. */
  get written(): number {
    return this.#written;
  }

  get stored(): number {
    return this.#stored;
  }

  /** Stores `count` entries as fast as the store takes them. `told` is called now and then. */
  async fill(count: number, told: (stored: number) => void): Promise<void> {
    for (let i = 0, records = 0; i < count; i++) {
      const partition = this.#take(this.#town.next());
      if (partition.entries.length < RECORD_ENTRIES) continue;
      this.#append(partition);
      while (partition.persist.backlogBytes > BACKLOG_MAX_BYTES) await sleep(WAIT_MS);
      if (++records % RECORDS_A_TURN === 0) {
        told(this.#stored);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    await this.drained();
  }

  /** Stores so many entries a second until `untilMs` of the monotonic clock, a record a partition and tick. */
  async write(perSecond: number, untilMs: number): Promise<void> {
    const startMs = performance.now();
    let sent = 0;
    for (let nowMs = startMs; nowMs < untilMs; nowMs = performance.now()) {
      const due = Math.floor(((nowMs - startMs) / 1_000) * perSecond);
      for (; sent < due; sent++) this.#take(this.#town.next());
      for (const partition of this.#partitions) this.#append(partition);
      await sleep(TICK_MS);
    }
  }

  /** Resolves when the store has everything. */
  async drained(): Promise<void> {
    for (const partition of this.#partitions) this.#append(partition);
    while (this.#stored < this.#written) await sleep(WAIT_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#partitions.map(({ persist }) => persist[Symbol.asyncDispose]()));
  }

  #persist(p: number, store: Store): Persist {
    return new Persist(p, 1, 0, {
      store,
      memoryMaxBytes: MEMORY_MAX_BYTES,
      journal: memoryJournal(),
      rereads: new Turns(),
      clock: { nowMs: () => 0 },
      log: silentLog,
      gatherMs: GATHER_MS,
      relayed: () => 0,
      onStored: ({ entries }) => {
        this.#stored += entries.length;
      },
      onGone: () => {},
      onReread: () => {},
    });
  }

  #take(entry: Entry): Partition {
    const partition = this.#partitions[partitionOf(entry.g, PARTITIONS)];
    if (partition === undefined) throw new RangeError(`group ${entry.g} has no partition`);
    partition.entries.push(entry);
    const { t } = entry.b as { readonly t?: string };
    partition.bytes += ENTRY_BYTES + (t?.length ?? 0);
    return partition;
  }

  #append(partition: Partition): void {
    if (partition.entries.length === 0) return;
    partition.position++;
    partition.persist.add(partition.position, partition.entries, partition.bytes);
    this.#written += partition.entries.length;
    partition.entries = [];
    partition.bytes = 0;
  }
}
