import { AppError, sleep } from "@guildhall/kernel";
import { type Consumer, DeliverPolicy, JetStreamError, type JetStreamManager, jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "nats";
import type { JournalItem } from "./journal.ts";
import { recordKey, type Unsealed, unseal } from "./sealed-record.ts";

/**
 * Up to here each record is asked for by itself, all at once; more come through a reader the server keeps meanwhile. To
 * make that and to end it costs some 40 ms, which whoever takes a partition over would wait for.
 */
const SINGLE_MAX = 64;
/** How long the server may take to bring records it has, ms. */
const READ_MAX_MS = 10_000;
/** A reader that was made a moment ago may be unknown to the server we are connected to for this long. */
const READER_UNKNOWN_MAX_MS = 3_000;
const READER_LOOK_MS = 50;

/** What this process knows of one partition's stream. */
export type JetStreamPart = {
  readonly partition: number;
  readonly stream: string;
  readonly subject: string;
  first: number;
  last: number;
  /** Data bytes appended up to the last record, and up to the one before the first: purged ones are in both. */
  total: number;
  before: number;
  appending: boolean;
  /** Whether nothing can have changed that was not told: false while, and after, an append is not answered. */
  certain: boolean;
};

export function openPart(partition: number, stream: string, subject: string): JetStreamPart {
  return { partition, stream, subject, first: 1, last: 0, total: 0, before: 0, appending: false, certain: false };
}

/** Brings `part` up to what the stream's leader says. */
export async function stateOf(manager: JetStreamManager, part: JetStreamPart): Promise<void> {
  const { state } = await manager.streams.info(part.stream);
  const last = state.last_seq;
  const first = state.messages === 0 ? last + 1 : state.first_seq;
  const none = state.messages === 0;
  const grown = part.last !== last || !part.certain;
  const cut = part.first !== first || !part.certain;
  const found = (position: number, wanted: boolean) => (wanted && !none ? oneOf(manager, part, position) : undefined);
  // Side by side: whoever takes a partition over waits for both.
  const [newest, oldest] = await Promise.all([found(last, grown), found(first, cut)]);
  if (grown) part.total = newest?.total ?? 0;
  if (cut) part.before = oldest === undefined ? part.total : oldest.total - oldest.data.length;
  part.first = first;
  part.last = last;
  part.certain = true;
}

/** `count` records from `from` on, all of which are there. @throws AppError `INTERNAL` when one is damaged. */
export async function readPart(
  connection: NatsConnection,
  manager: JetStreamManager,
  part: JetStreamPart,
  from: number,
  count: number,
): Promise<JournalItem[]> {
  if (count > SINGLE_MAX) return readMany(connection, part, from, count);
  const positions = Array.from({ length: count }, (_, i) => from + i);
  const found = await Promise.all(positions.map((position) => oneOf(manager, part, position)));
  return found.map(({ data }, i) => ({ position: from + i, data }));
}

async function readMany(
  connection: NatsConnection,
  part: JetStreamPart,
  from: number,
  count: number,
): Promise<JournalItem[]> {
  const items: JournalItem[] = [];
  const reader = await jetstream(connection).consumers.get(part.stream, {
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: from,
  });
  try {
    for (let waitedMs = 0; ; waitedMs += READER_LOOK_MS) {
      try {
        await take(reader, part, from, count, items);
        break;
      } catch (error) {
        if (!isUnknown(error) || items.length > 0 || waitedMs >= READER_UNKNOWN_MAX_MS) throw error;
      }
      await sleep(READER_LOOK_MS);
    }
  } finally {
    await reader.delete().catch(() => false);
  }
  if (items.length < count) {
    throw new AppError("UNAVAILABLE", `${part.stream}: ${items.length} of ${count} records in ${READ_MAX_MS} ms`);
  }
  return items;
}

async function take(
  reader: Consumer,
  part: JetStreamPart,
  from: number,
  count: number,
  items: JournalItem[],
): Promise<void> {
  const messages = await reader.fetch({ max_messages: count, expires: READ_MAX_MS });
  for await (const { seq, data } of messages) {
    if (seq !== from + items.length) throw new AppError("INTERNAL", `${part.stream} has a hole before ${seq}`);
    items.push({ position: seq, data: opened(part, seq, data).data });
    if (items.length === count) return;
  }
}

/** Nobody took the request: the reader's server has not told ours of it yet. */
function isUnknown(error: unknown): boolean {
  return error instanceof JetStreamError && (error as { code?: unknown }).code === 503;
}

async function oneOf(manager: JetStreamManager, part: JetStreamPart, position: number): Promise<Unsealed> {
  const message = await manager.streams.getMessage(part.stream, { seq: position });
  return opened(part, position, message?.data);
}

function opened(part: JetStreamPart, position: number, data: Uint8Array | undefined): Unsealed {
  const stored = data === undefined ? undefined : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const { data: bytes, total } = unseal(recordKey(part.partition, position), stored);
  // A message is a view of the connection's buffer.
  return { data: bytes.slice(), total };
}
