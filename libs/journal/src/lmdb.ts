import { AppError } from "@guildhall/kernel";
import { seeded } from "@guildhall/kernel/seeded";
import { CommitRefused, Commits } from "@guildhall/lmdb";
import type { RootDatabase } from "lmdb";
import { type DiskRoom, watchDiskRoom } from "./disk-room.ts";
import type { Journal, JournalItem } from "./journal.ts";
import { openJournalFiles, type PartitionEnd, type Records, readEnds } from "./lmdb-files.ts";
import { recordKey, seal, unseal } from "./sealed-record.ts";

export { type RecordChange, rewriteRecords } from "./lmdb-rewrite.ts";

/** The most data bytes kept when nothing else is said; an append beyond is refused until a purge. */
const BYTES_MAX = 2 ** 31;
/** Bytes of the disk that stay free when nothing else is said: enough for a second of anyone's writing. */
const RESERVE_BYTES = 2 ** 26;
/** Records a purge removes in one commit, so that appends get their turn between. */
const PURGE_BATCH = 1_000;

export type LmdbJournalOptions = {
  /** A folder of its own, which no other process has open. */
  readonly path: string;
  /** Appends beyond this many kept data bytes are `UNAVAILABLE` until a purge. 2 GiB when not given. */
  readonly maxBytes?: number;
  /** Appends that would leave less of the disk free are `UNAVAILABLE`. 64 MiB when not given. */
  readonly reserveBytes?: number;
  /** Where a partition without any record begins; at 1 when not given. For a journal that goes on another's positions. */
  readonly begins?: (partition: number) => number;
  /**
   * Called once, when a commit failed in a way that leaves its outcome unknown (an I/O error, a failed sync).
   * The journal refuses everything from then on: only a new process can trust what it reads.
   */
  readonly onBroken?: (error: unknown) => void;
};

/**
 * The journal in an LMDB environment of its own. Appends handed over in one turn of the event loop share one
 * commit, each is answered after the sync that covers it. The ends of the partitions are kept in memory,
 * so the fence needs no read.
 *
 * @throws AppError `INTERNAL` when the folder cannot be opened, its format is unknown, or the first or last
 *   record of a partition fails its checksum.
 */
export async function lmdbJournal(options: LmdbJournalOptions): Promise<Journal> {
  const { root, records } = await openJournalFiles(options.path);
  try {
    const ends = readEnds(records);
    const room = await watchDiskRoom(options.path, options.reserveBytes ?? RESERVE_BYTES);
    const commits = new Commits(root, options.onBroken ?? (() => {}), { inOrder: true });
    const { maxBytes = BYTES_MAX, begins = () => 1 } = options;
    return new LmdbJournal({ root, records, room, commits, maxBytes, begins }, ends);
  } catch (error) {
    await root.close();
    throw error;
  }
}

type Parts = {
  readonly root: RootDatabase;
  readonly records: Records;
  readonly room: DiskRoom;
  readonly commits: Commits;
  readonly maxBytes: number;
  readonly begins: (partition: number) => number;
};

/** `appending`: a record is on its way to position `last` + 1. */
type Partition = PartitionEnd & { appending: boolean };

class LmdbJournal implements Journal {
  readonly #parts: Parts;
  readonly #partitions = new Map<number, Partition>();
  #bytes = 0;
  #closed = false;
  #purging: Promise<void> = Promise.resolve();

  constructor(parts: Parts, ends: ReadonlyMap<number, PartitionEnd>) {
    this.#parts = parts;
    for (const [id, end] of ends) {
      this.#partitions.set(id, { ...end, appending: false });
      this.#bytes += end.top - end.floor;
    }
  }

  async append(id: number, expected: number, data: Uint8Array): Promise<number> {
    const { records, commits } = this.#parts;
    const partition = this.#open(id);
    if (partition.appending || expected !== partition.last) {
      throw new AppError("CONFLICT", `partition ${id} ends at ${partition.last}, not ${expected}`);
    }
    const size = data.length;
    this.#checkRoom(size);
    const position = expected + 1;
    const key = recordKey(id, position);
    const stored = seal(key, data, partition.top + size);
    partition.appending = true;
    this.#bytes += size;
    try {
      const committed = commits.run(() => records.put(key, stored));
      if (seeded("ack-before-sync")) committed.catch(() => {});
      else await committed;
      partition.last = position;
      partition.top += size;
      return position;
    } catch (error) {
      this.#bytes -= size;
      throw asAppError(error);
    } finally {
      partition.appending = false;
    }
  }

  async read(id: number, from: number, limit: number): Promise<readonly JournalItem[]> {
    const partition = this.#open(id);
    if (from < partition.first) throw new AppError("NOT_FOUND", `partition ${id} begins at ${partition.first}`);
    const items: JournalItem[] = [];
    // Bounded by what is acknowledged: a record that is visible, but perhaps not yet durable, is not shown.
    const end = Math.min(partition.last, from + limit - 1);
    for (let position = from; position <= end; position++) {
      const key = recordKey(id, position);
      items.push({ position, data: unseal(key, this.#parts.records.getBinary(key)).data });
    }
    return items;
  }

  async end(id: number): Promise<{ readonly first: number; readonly last: number }> {
    const { first, last } = this.#open(id);
    return { first, last };
  }

  /** One purge after another: each works from where the one before left its partition. */
  purge(id: number, before: number): Promise<void> {
    const done = this.#purging.then(() => this.#purge(id, before));
    this.#purging = done.catch(() => {});
    return done;
  }

  bytes(): number {
    return this.#bytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const { root, commits, room } = this.#parts;
    await commits.idle();
    commits.stop();
    room.stop();
    // Closing a broken environment would wait for commits that lmdb never answers.
    if (commits.check() === undefined) await root.close();
  }

  #open(id: number): Partition {
    if (this.#closed) throw new AppError("UNAVAILABLE", "the journal is closed");
    const reason = this.#parts.commits.broken;
    if (reason !== undefined) throw new AppError("UNAVAILABLE", "the journal is broken", { cause: reason });
    const known = this.#partitions.get(id);
    if (known) return known;
    const first = this.#parts.begins(id);
    const made: Partition = { first, last: first - 1, floor: 0, top: 0, appending: false };
    this.#partitions.set(id, made);
    return made;
  }

  #checkRoom(size: number): void {
    const { maxBytes, room } = this.#parts;
    if (this.#bytes + size > maxBytes) throw new AppError("UNAVAILABLE", `the journal is full: ${this.#bytes} bytes`);
    if (!room.take(size)) throw new AppError("UNAVAILABLE", "the disk under the journal is nearly full");
  }

  async #purge(id: number, before: number): Promise<void> {
    const partition = this.#open(id);
    const goal = Math.min(before, partition.last);
    while (partition.first < goal) {
      this.#open(id);
      const from = partition.first;
      const to = Math.min(goal, from + PURGE_BATCH);
      const key = recordKey(id, to);
      const kept = unseal(key, this.#parts.records.getBinary(key));
      // Moved first: a reader in between is told NOT_FOUND and does not run into a hole.
      partition.first = to;
      try {
        await this.#parts.commits.run(() => this.#remove(id, from, to));
      } catch (error) {
        partition.first = from;
        throw asAppError(error);
      }
      const floor = kept.total - kept.data.length;
      this.#bytes -= floor - partition.floor;
      partition.floor = floor;
    }
  }

  #remove(id: number, from: number, to: number): Promise<unknown> {
    const removals: Promise<boolean>[] = [];
    for (let position = from; position < to; position++) {
      removals.push(this.#parts.records.remove(recordKey(id, position)));
    }
    return Promise.all(removals);
  }
}

function asAppError(error: unknown): unknown {
  if (!(error instanceof CommitRefused)) return error;
  return new AppError("UNAVAILABLE", error.message, { cause: error.cause });
}
