import { AppError } from "@guildhall/kernel";
import type { Journal, JournalItem } from "./journal.ts";

/** The most data bytes kept when nothing else is said. */
const BYTES_MAX = 2 ** 31;

/** One append on its way, as a hook sees it. */
export type AppendStep = { readonly partition: number; readonly position: number; readonly data: Uint8Array };

/** Where a test may delay or fail an append: what a hook throws, `append` throws. */
export type MemoryJournalOptions = {
  /** Runs before the record lands; throwing keeps it out. */
  readonly before?: (step: AppendStep) => void | Promise<void>;
  /** Runs after the record has landed; throwing leaves it there. */
  readonly after?: (step: AppendStep) => void | Promise<void>;
  /** Appends beyond this many kept data bytes are `UNAVAILABLE`. 2 GiB when not given. */
  readonly maxBytes?: number;
  /** Where a partition without any record begins; at 1 when not given. For a journal that goes on another's positions. */
  readonly begins?: (partition: number) => number;
};

type Partition = { first: number; readonly records: Uint8Array[]; appending: boolean };

/** A journal in memory, gone with the process. For tests and for trying things. */
export function memoryJournal(options: MemoryJournalOptions = {}): Journal {
  const maxBytes = options.maxBytes ?? BYTES_MAX;
  const partitions = new Map<number, Partition>();
  let bytes = 0;
  let closed = false;

  function open(id: number): Partition {
    if (closed) throw new AppError("UNAVAILABLE", "the journal is closed");
    const known = partitions.get(id);
    if (known) return known;
    const made: Partition = { first: options.begins?.(id) ?? 1, records: [], appending: false };
    partitions.set(id, made);
    return made;
  }

  const lastOf = (partition: Partition): number => partition.first + partition.records.length - 1;

  return {
    async append(id, expected, data) {
      const partition = open(id);
      if (partition.appending || expected !== lastOf(partition)) {
        throw new AppError("CONFLICT", `partition ${id} ends at ${lastOf(partition)}, not ${expected}`);
      }
      if (bytes + data.length > maxBytes) throw new AppError("UNAVAILABLE", "the journal is full");
      const step = { partition: id, position: expected + 1, data: data.slice() };
      partition.appending = true;
      bytes += data.length;
      let landed = false;
      try {
        await options.before?.(step);
        if (closed) throw new AppError("UNAVAILABLE", "the journal is closed");
        partition.records.push(step.data);
        landed = true;
        await options.after?.(step);
      } finally {
        partition.appending = false;
        if (!landed) bytes -= data.length;
      }
      return step.position;
    },

    async read(id, from, limit) {
      const partition = open(id);
      if (from < partition.first) throw new AppError("NOT_FOUND", `partition ${id} begins at ${partition.first}`);
      return partition.records
        .slice(from - partition.first, from - partition.first + limit)
        .map((data, index): JournalItem => ({ position: from + index, data: data.slice() }));
    },

    async end(id) {
      const partition = open(id);
      return { first: partition.first, last: lastOf(partition) };
    },

    async purge(id, before) {
      const partition = open(id);
      const count = Math.max(0, Math.min(before, lastOf(partition)) - partition.first);
      for (const data of partition.records.splice(0, count)) bytes -= data.length;
      partition.first += count;
    },

    bytes: () => bytes,

    async [Symbol.asyncDispose]() {
      closed = true;
    },
  };
}
