import { type CheckpointRow, isLost, JOURNAL_CHECKPOINT, newestRecord } from "@guildhall/installation";
import type { Journal, JournalItem } from "@guildhall/journal";
import { AppError } from "@guildhall/kernel";
import type { Entry, HandOver, JournalRecord, Lead } from "@guildhall/proto";
import type { Store } from "@guildhall/store";
import { decodeRecord, encodeRecord } from "@guildhall/wire";
import type { Appender } from "../commit/append.ts";
import type { TermStart } from "../commit/term-ports.ts";

/** Records read at once while catching up: fewer where they are large, so that about this many bytes come. */
const READ_FIRST = 128;
const READ_MAX = 512;
const READ_MAX_BYTES = 4 * 1024 * 1024;
/** How often a take-over starts again because somebody else appended meanwhile. */
const ATTEMPTS_MAX = 10;

/** Of the nonces in a journal that has never had a record. */
const NOTHING_YET: Lead = { ms: 0, sinceMs: 0 };

/** A record that the store does not have yet. `gone`: its entries are without their bodies. */
export type TailRecord = {
  readonly position: number;
  readonly record: JournalRecord;
  readonly bytes: number;
  readonly gone: boolean;
};

export type TakeoverPorts = {
  readonly journal: Journal;
  readonly store: Store;
  readonly append: Appender;
  /** Bodies that are kept of the tail: those of its newest records. */
  readonly backlogMemoryBytes: number;
};

export type Takeover = {
  readonly start: TermStart;
  /** Everything after `start.stored`, in order, the new `term` record left out. */
  readonly tail: readonly TailRecord[];
  /** What the records mean for others has been carried out up to here. */
  readonly relayed: number;
  /** What the owner before had in memory at `start.position` - 1. */
  readonly handed?: HandOver;
};

/**
 * Takes a partition over: reads its journal to the end and appends a `term` record that expects exactly
 * that end; whoever owned it before can append no more. A journal that was lost or restored to an older
 * state gets a new epoch.
 *
 * `handed` is what the owner before told when it left. It says where the journal ends, so that reading and appending go
 * side by side: the append is refused where that is not its end, and then nothing of `handed` counts.
 *
 * `resumable` is a term of this process whose last append was certainly refused: if the journal still ends
 * in it, it goes on without a new record, so that a full journal can still be read.
 *
 * @throws AppError `INTERNAL` when the journal begins after what the store has: nothing is skipped
 *   silently; `CONFLICT` when others keep appending; and what journal and store throw.
 */
export async function takeOver(
  p: number,
  ports: TakeoverPorts,
  resumable?: number,
  handed?: HandOver,
): Promise<Takeover> {
  const next = handed === undefined || resumable !== undefined ? undefined : await goOn(p, ports, handed);
  if (next !== undefined) return next;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const found = await readTail(p, ports);
    if (resumable === found.term && !found.newEpoch) {
      return { start: startOf(p, found, found.term, found.last), tail: found.tail, relayed: found.relayed };
    }
    const term = found.term + 1;
    const { ep, stored, lead } = found;
    const record: JournalRecord = { p, ep, term, stored, e: [], ...(lead === undefined ? {} : { lead }) };
    try {
      const position = await ports.append(found.last, encodeRecord(record));
      return { start: startOf(p, found, term, position), tail: found.tail, relayed: found.relayed };
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }
  throw new AppError("CONFLICT", `partition ${p}: others keep appending`);
}

/** Undefined where the journal does not end in what was handed over. @throws what journal and append throw. */
async function goOn(p: number, ports: TakeoverPorts, handed: HandOver): Promise<Takeover | undefined> {
  const { ep, pos, stored, relayed, lead } = handed;
  const term = handed.term + 1;
  const record: JournalRecord = { p, ep, term, stored, e: [], lead };
  // The newest record is read in any case: it must be the one that was handed over.
  const range = { from: Math.min(stored + 1, pos), last: pos, ahead: [] };
  const [appended, read] = await Promise.allSettled([
    ports.append(pos, encodeRecord(record)),
    readFrom(p, ports, range, () => true),
  ]);
  if (appended.status === "rejected" && isConflict(appended.reason)) return undefined;
  if (appended.status === "rejected") throw appended.reason;
  if (read.status === "rejected") throw read.reason;
  const newest = read.value.at(-1);
  const isWhole = read.value[0]?.position === range.from && newest?.position === pos;
  if (!isWhole || newest.record.ep !== ep || newest.record.term !== handed.term) return undefined;
  const tail = read.value.filter(({ position }) => position > stored);
  return { start: { p, ep, term, position: appended.value, stored, lead }, tail, relayed, handed };
}

function isConflict(error: unknown): boolean {
  return error instanceof AppError && error.code === "CONFLICT";
}

type Found = {
  readonly ep: number;
  readonly newEpoch: boolean;
  readonly term: number;
  readonly last: number;
  readonly stored: number;
  readonly relayed: number;
  readonly tail: readonly TailRecord[];
  /** Of a journal that is whole. */
  readonly lead: Lead | undefined;
};

async function readTail(p: number, ports: TakeoverPorts): Promise<Found> {
  const { journal, store } = ports;
  // Side by side: nobody is answered meanwhile.
  const [known, { first, last }] = await Promise.all([store.get(JOURNAL_CHECKPOINT, [p]), journal.end(p)]);
  const checkpoint = known ?? { p, ep: 0, pos: 0, relay: 0 };
  const { ahead, newest } = await readAhead(p, journal, { first, last }, checkpoint.pos + 1);
  if (newest === undefined || isLost(newest.ep, last, checkpoint)) {
    // Or all of it is new.
    return newEpoch(checkpoint, newest, last, known === undefined && newest === undefined);
  }
  const { ep, term, lead } = newest;
  const tail = await readUnstored(p, ports, { first, last, ahead }, ep, checkpoint);
  const stored = (tail[0]?.position ?? last + 1) - 1;
  // A new epoch that begins below the checkpoint: what the lost records meant for others is not in this journal.
  const relayed = stored < checkpoint.pos ? stored : Math.min(checkpoint.relay, stored);
  return { ep, newEpoch: false, term, last, stored, relayed, tail, lead };
}

/** `isFirst`: there has never been one. */
function newEpoch(checkpoint: CheckpointRow, newest: JournalRecord | undefined, last: number, isFirst: boolean): Found {
  const ep = Math.max(checkpoint.ep, newest?.ep ?? 0) + 1;
  const lead = isFirst ? NOTHING_YET : undefined;
  return { ep, newEpoch: true, term: newest?.term ?? 0, last, stored: last, relayed: last, tail: [], lead };
}

/** Most often that is all that the store lacks, and the newest record with it: one question and not two. */
async function readAhead(
  p: number,
  journal: Journal,
  { first, last }: { readonly first: number; readonly last: number },
  from: number,
): Promise<{ readonly ahead: readonly JournalItem[]; readonly newest: JournalRecord | undefined }> {
  const inside = from >= first && from <= last;
  const ahead = inside ? await journal.read(p, from, Math.min(READ_FIRST, last - from + 1)) : [];
  const end = ahead.at(-1);
  const newest = end?.position === last ? decodeRecord(end.data) : await newestRecord(p, journal, first, last);
  return { ahead, newest };
}

/** What the store lacks, of the life that it knows and of those begun since. @throws AppError `INTERNAL` for a hole. */
async function readUnstored(
  p: number,
  ports: TakeoverPorts,
  { first, last, ahead }: { readonly first: number; readonly last: number; readonly ahead: readonly JournalItem[] },
  ep: number,
  checkpoint: CheckpointRow,
): Promise<TailRecord[]> {
  const begunAnew = checkpoint.ep > 0 && ep > checkpoint.ep;
  const from = begunAnew ? first : checkpoint.pos + 1;
  if (from < first) throw hole(p, first, checkpoint);
  const wanted = (position: number, record: JournalRecord) => isUnstored(position, record.ep, checkpoint);
  const tail = await readFrom(p, ports, { from, last, ahead }, wanted);
  const [oldest] = tail;
  if (oldest?.record.ep === checkpoint.ep && oldest.position > checkpoint.pos + 1) throw hole(p, first, checkpoint);
  return tail;
}

/** Of a life that the store knows, what is after its checkpoint; of one begun since, everything. */
function isUnstored(position: number, ep: number, checkpoint: CheckpointRow): boolean {
  return ep > checkpoint.ep || (ep === checkpoint.ep && position > checkpoint.pos);
}

function hole(p: number, first: number, { pos }: CheckpointRow): AppError {
  return new AppError("INTERNAL", `partition ${p}: journal begins at ${first}, the store ends at ${pos}`);
}

async function readFrom(
  p: number,
  { journal, backlogMemoryBytes }: TakeoverPorts,
  { from, last, ahead }: { readonly from: number; readonly last: number; readonly ahead: readonly JournalItem[] },
  wanted: (position: number, record: JournalRecord) => boolean,
): Promise<TailRecord[]> {
  const tail: TailRecord[] = [];
  let limit = READ_FIRST;
  let heldBytes = 0;
  /** Records before this one are without their bodies. */
  let held = 0;
  for (let at = from; at <= last; ) {
    const known = ahead[0]?.position === at;
    const items = known ? ahead : await journal.read(p, at, Math.min(limit, last - at + 1));
    if (items.length === 0) break;
    for (const { position, data } of items) {
      const record = decodeRecord(data);
      if (!wanted(position, record)) continue;
      tail.push({ position, record, bytes: data.length, gone: false });
      heldBytes += data.length;
    }
    for (let one = tail[held]; one !== undefined && heldBytes > backlogMemoryBytes; one = tail[++held]) {
      heldBytes -= one.bytes;
      tail[held] = withoutBodies(one);
    }
    at = (items.at(-1)?.position ?? last) + 1;
    limit = nextLimit(items);
  }
  return tail;
}

/** As many records of this size as READ_MAX_BYTES holds. */
function nextLimit(items: readonly JournalItem[]): number {
  const bytes = items.reduce((sum, { data }) => sum + data.length, 0);
  return Math.max(1, Math.min(READ_MAX, Math.floor((READ_MAX_BYTES * items.length) / bytes)));
}

/** Heads, nonces and rows are what its owner needs of it; its bodies are read again when the store takes them. */
function withoutBodies({ position, record, bytes }: TailRecord): TailRecord {
  const e = record.e.map((entry) => own({ ...entry, b: null }) as Entry);
  return { position, record: { ...record, e }, bytes, gone: true };
}

/** A copy whose bytes are its own: decoded ones are views of the record, and would keep all of it. */
function own(value: unknown): unknown {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(own);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, own(part)]));
}

function startOf(p: number, found: Found, term: number, position: number): TermStart {
  const { ep, stored, lead } = found;
  return { p, ep, term, position, stored, ...(lead === undefined ? {} : { lead }) };
}
