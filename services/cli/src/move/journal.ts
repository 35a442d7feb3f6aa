import { AppError } from "@guildhall/kernel";
import { Failure } from "../command.ts";
import type { Side } from "../installation/side.ts";
import type { Ends } from "./marker.ts";

/** Records read at once. */
const READ_MAX = 128;
/** Partitions copied, or compared, at the same time. Each has one record in flight. */
const TOGETHER_MAX = 8;

/**
 * Carries `work` out for every partition, some at a time. Resolves with the sum of what it resolves with. After a failure
 * no other is begun, and it rejects when those under way have ended.
 */
async function forAll(partitions: number, work: (p: number) => Promise<number>): Promise<number> {
  let next = 0;
  let sum = 0;
  const failures: unknown[] = [];
  const runner = async (): Promise<void> => {
    while (next < partitions && failures.length === 0) {
      try {
        const count = await work(next++);
        sum += count;
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(TOGETHER_MAX, partitions) }, runner));
  if (failures.length > 0) throw failures[0];
  return sum;
}

/**
 * Copies every record that the source keeps to the same position of the target, going on where a move before was broken
 * off. Resolves with how many records were copied.
 *
 * @throws Failure when the target's journal is not one that can go on so.
 */
export function copyJournal(source: Side, target: Side, ends: Ends): Promise<number> {
  return forAll(ends.length, async (p) => {
    const { first, last } = ends[p] ?? { first: 1, last: 0 };
    const found = await target.journal.end(p);
    if (found.first !== first || found.last > last) {
      throw new Failure(
        `the journal of partition ${p} runs from ${found.first} to ${found.last} in ${target.name} and from ${first} to ${last} in ${source.name}: empty ${target.name} and begin again`,
      );
    }
    let copied = 0;
    for (let at = found.last + 1; at <= last; ) {
      const items = await source.journal.read(p, at, READ_MAX);
      if (items.length === 0) throw new Failure(`partition ${p} of ${source.name} has no record ${at}`);
      for (const { position, data } of items) await append(target, p, position, data);
      copied += items.length;
      at += items.length;
    }
    return copied;
  });
}

async function append({ journal, name }: Side, p: number, position: number, data: Uint8Array): Promise<void> {
  await journal.append(p, position - 1, data).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error;
    const why =
      error.code === "CONFLICT"
        ? `somebody else writes to ${name}: stop all services`
        : "run the same move again, it goes on";
    throw new Failure(`record ${position} of partition ${p} was not copied (${error.message}): ${why}`, {
      cause: error,
    });
  });
}

/** Compares all records, byte by byte. Resolves with how many there are. @throws Failure that names the first that differs. */
export function compareJournals(source: Side, target: Side, ends: Ends): Promise<number> {
  return forAll(ends.length, async (p) => {
    const { first, last } = ends[p] ?? { first: 1, last: 0 };
    for (const side of [source, target]) {
      const found = await side.journal.end(p);
      if (found.first !== first || found.last !== last) {
        throw new Failure(`a service has written to partition ${p} of ${side.name} meanwhile: stop all services`);
      }
    }
    for (let at = first; at <= last; at += READ_MAX) {
      const [ours, theirs] = await Promise.all(
        [source, target].map(({ journal }) => journal.read(p, at, Math.min(READ_MAX, last - at + 1))),
      );
      for (const [i, { position, data }] of (ours ?? []).entries()) {
        const other = theirs?.[i];
        if (other?.position !== position || !Buffer.from(data).equals(other.data)) {
          throw new Failure(
            `record ${position} of partition ${p} is not the same in ${source.name} and ${target.name}`,
          );
        }
      }
    }
    return last - first + 1;
  });
}
