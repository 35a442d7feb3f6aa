import { AppError, untilAvailable } from "@guildhall/kernel";
import { seeded } from "@guildhall/kernel/seeded";
import type { Nats } from "@guildhall/nats";
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { headers, type Msg, RequestError } from "nats";
import { type JetStreamPart, openPart, readPart, stateOf } from "./jetstream-part.ts";
import { ensureStream, namesOf } from "./jetstream-stream.ts";
import type { Journal, JournalItem } from "./journal.ts";
import { recordKey, seal } from "./sealed-record.ts";

/** An append that is not answered by then may have happened. The owner gives up earlier. */
const APPEND_MAX_MS = 10_000;
const API_MAX_MS = 5_000;
/** New servers choose leaders first, and many streams made at once take their time: a start waits this long. */
const OPENING_MAX_MS = 60_000;
/** Streams looked at together at the start. */
const OPENING_MAX = 8;
const EXPECTED_HEADER = "Nats-Expected-Last-Sequence";
/** "wrong last sequence", said by the leader before and after it proposed. */
const WRONG_LAST_SEQUENCE: ReadonlySet<number> = new Set([10_071, 10_164]);

export type JetStreamOptions = {
  readonly nats: Nats;
  /** Partitions whose streams are made, or looked at, when it opens; others when they are first used. */
  readonly partitions: number;
  /** Servers that keep each record. */
  readonly replicas: number;
  /** Data bytes kept, over the partitions this process knows; an append beyond it is `UNAVAILABLE`. */
  readonly maxBytes: number;
  /** Where a stream that is made begins; at 1 when not given. For a journal that goes on another's positions. */
  readonly begins?: (partition: number) => number;
  /** How long a start waits for servers that choose leaders; a minute when not given. */
  readonly openingMs?: number;
  /** In front of the names of streams and subjects: one installation, one prefix. None by default. */
  readonly prefix?: string;
};

/**
 * A journal on JetStream, one stream a partition. The fence is the server's: an append carries the sequence it
 * expects to be the last. An append is sent once.
 *
 * @throws AppError `UNAVAILABLE` when JetStream does not answer within `openingMs`; `CONFLICT` when a stream is there and is not set up
 *   as a journal must be: the sentence says in what.
 */
export async function jetstreamJournal(options: JetStreamOptions): Promise<Journal> {
  const { openingMs = OPENING_MAX_MS } = options;
  const manager = await untilAvailable(() => managerOf(options.nats), openingMs);
  const journal = new JetStreamJournal(options, manager);
  for (let p = 0; p < options.partitions; p += OPENING_MAX) {
    const count = Math.min(OPENING_MAX, options.partitions - p);
    await Promise.all(Array.from({ length: count }, (_, i) => untilAvailable(() => journal.end(p + i), openingMs)));
  }
  return journal;
}

async function managerOf({ connection }: Nats): Promise<JetStreamManager> {
  return jetstreamManager(connection, { timeout: API_MAX_MS }).catch((cause: unknown) => {
    throw new AppError("UNAVAILABLE", `JetStream does not answer: ${messageOf(cause)}`, { cause });
  });
}

class JetStreamJournal implements Journal {
  readonly #options: JetStreamOptions;
  readonly #manager: JetStreamManager;
  readonly #parts = new Map<number, Promise<JetStreamPart>>();
  readonly #open = new Map<number, JetStreamPart>();
  #closed = false;

  constructor(options: JetStreamOptions, manager: JetStreamManager) {
    this.#options = options;
    this.#manager = manager;
  }

  async append(partition: number, expected: number, data: Uint8Array): Promise<number> {
    const held = data.slice();
    const part = await this.#part(partition);
    if (part.appending) throw new AppError("CONFLICT", `another record of partition ${partition} is in flight`);
    part.appending = true;
    try {
      if (!part.certain || part.last !== expected) await this.#refresh(part);
      if (part.last !== expected) throw conflict(partition, part.last, expected);
      const isFull = this.bytes() + held.length > this.#options.maxBytes;
      if (isFull && !seeded("discard-old")) throw new AppError("UNAVAILABLE", "the journal is full");
      await this.#send(part, expected, held);
      part.last = expected + 1;
      part.total += held.length;
      return part.last;
    } finally {
      part.appending = false;
    }
  }

  async read(partition: number, from: number, limit: number): Promise<readonly JournalItem[]> {
    const part = await this.#part(partition);
    // What has been seen does not change; it may have been purged meanwhile, which is found out below.
    const seen = from >= part.first && from + limit - 1 <= part.last;
    if (!seen) await this.#refresh(part);
    try {
      return await this.#readSeen(part, from, limit);
    } catch (error) {
      if (!seen) throw error;
      await this.#refresh(part);
      return await this.#readSeen(part, from, limit);
    }
  }

  async #readSeen(part: JetStreamPart, from: number, limit: number): Promise<readonly JournalItem[]> {
    if (from < part.first) throw new AppError("NOT_FOUND", `partition ${part.partition} begins at ${part.first}`);
    const count = Math.min(limit, part.last - from + 1);
    if (count <= 0) return [];
    return await this.#ask(readPart(this.#options.nats.connection, this.#manager, part, from, count));
  }

  async end(partition: number): Promise<{ readonly first: number; readonly last: number }> {
    const part = await this.#part(partition);
    await this.#refresh(part);
    return { first: part.first, last: part.last };
  }

  async purge(partition: number, before: number): Promise<void> {
    const part = await this.#part(partition);
    await this.#refresh(part);
    const seq = Math.min(before, part.last);
    if (seq <= part.first) return;
    await this.#ask(this.#manager.streams.purge(part.stream, { seq }));
    await this.#refresh(part);
  }

  bytes(): number {
    let bytes = 0;
    for (const { total, before } of this.#open.values()) bytes += total - before;
    return bytes;
  }

  /** Leaves the connection to who made it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
  }

  #part(partition: number): Promise<JetStreamPart> {
    if (this.#closed) throw new AppError("UNAVAILABLE", "the journal is closed");
    const known = this.#parts.get(partition);
    if (known !== undefined) return known;
    const made = this.#ask(this.#make(partition));
    this.#parts.set(partition, made);
    // A stream that could not be had is tried again at the next use.
    made.catch(() => this.#parts.delete(partition));
    return made;
  }

  async #make(partition: number): Promise<JetStreamPart> {
    const { prefix = "", replicas, maxBytes, begins = () => 1 } = this.#options;
    const { stream, subject } = namesOf(partition, prefix);
    await ensureStream(this.#manager, { stream, subject, replicas, first: begins(partition), maxBytes });
    const part = openPart(partition, stream, subject);
    this.#open.set(partition, part);
    return part;
  }

  async #refresh(part: JetStreamPart): Promise<void> {
    if (this.#closed) throw new AppError("UNAVAILABLE", "the journal is closed");
    await this.#ask(stateOf(this.#manager, part));
  }

  async #send(part: JetStreamPart, expected: number, data: Uint8Array): Promise<void> {
    const { nats } = this.#options;
    const record = seal(recordKey(part.partition, expected + 1), data, part.total + data.length);
    const fence = headers();
    fence.set(EXPECTED_HEADER, String(expected));
    nats.admit(record.length);
    part.certain = false;
    const asked = nats.connection.request(part.subject, record, { headers: fence, timeout: APPEND_MAX_MS });
    const answer = await nats.unlessLost(asked).catch((error: unknown) => {
      throw unanswered(error);
    });
    const position = positionIn(answer, part);
    if (position !== expected + 1) throw new AppError("INTERNAL", `${part.stream} put a record at ${position}`);
    part.certain = true;
  }

  /** Translates what the library throws. */
  async #ask<T>(answer: Promise<T>): Promise<T> {
    try {
      return await this.#options.nats.unlessLost(answer);
    } catch (cause) {
      if (cause instanceof AppError && cause.code !== "OUTCOME_UNKNOWN") throw cause;
      throw new AppError("UNAVAILABLE", `JetStream: ${messageOf(cause)}`, { cause });
    }
  }
}

/** No stream listened: nothing happened. Everything else may have. */
function unanswered(error: unknown): AppError {
  if (error instanceof AppError && error.code !== "OUTCOME_UNKNOWN") return error;
  if (error instanceof RequestError && error.isNoResponders()) {
    return new AppError("UNAVAILABLE", "no JetStream server takes the record", { cause: error });
  }
  return new AppError("OUTCOME_UNKNOWN", `append not answered: ${messageOf(error)}`, { cause: error });
}

type Ack = {
  readonly stream?: string;
  readonly seq?: number;
  readonly error?: { code: number; err_code?: number; description?: string };
};

/** @throws AppError `CONFLICT` for a refusal by the fence; `UNAVAILABLE` for any other, nothing was kept then. */
function positionIn(answer: Msg, part: JetStreamPart): number {
  const { error, seq, stream } = answer.json<Ack>();
  if (error !== undefined) {
    const code = WRONG_LAST_SEQUENCE.has(error.err_code ?? 0) ? "CONFLICT" : "UNAVAILABLE";
    throw new AppError(code, `${part.stream}: ${error.description ?? error.code}`);
  }
  if (stream !== part.stream || seq === undefined) {
    throw new AppError("OUTCOME_UNKNOWN", `${part.subject} was answered by ${stream ?? "nobody"}`);
  }
  return seq;
}

function conflict(partition: number, last: number, expected: number): AppError {
  return new AppError("CONFLICT", `partition ${partition} ends at ${last}, not ${expected}`);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
