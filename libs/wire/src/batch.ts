import { AppError, isId } from "@guildhall/kernel";
import type { EventBatch, LaneEvent } from "@guildhall/proto";

/*
 * Layout, big-endian. A 53-bit integer travels as a float64, which holds it exactly.
 *
 *   batch   | version 1 | 0 1 | p 2 | count 4 | ep 8 | term 8 | pos 8 |                       32 bytes
 *   event   | bytes 4 | l 1 | flags 1 | 0 2 | g 8 | s 8 | pv 8 | pos 8 | at 8 | MessagePack … |  48 + bytes
 *
 * A receiver reads the 48 bytes and steps over events of groups it holds nobody of.
 */
const VERSION = 1;
const BATCH_BYTES = 32;
const EVENT_BYTES = 48;

/** One acknowledged record's events for `ev.<p>`. */
export function encodeBatch(batch: EventBatch): Uint8Array {
  let size = BATCH_BYTES;
  for (const event of batch.events) size += EVENT_BYTES + event.bytes.length;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, VERSION);
  view.setUint16(2, batch.p);
  view.setUint32(4, batch.events.length);
  view.setFloat64(8, batch.ep);
  view.setFloat64(16, batch.term);
  view.setFloat64(24, batch.pos);
  let at = BATCH_BYTES;
  for (const event of batch.events) {
    writeEventHeader(view, at, event);
    bytes.set(event.bytes, at + EVENT_BYTES);
    at += EVENT_BYTES + event.bytes.length;
  }
  return bytes;
}

function writeEventHeader(view: DataView, at: number, event: LaneEvent): void {
  view.setUint32(at, event.bytes.length);
  view.setUint8(at + 4, event.l);
  view.setUint8(at + 5, event.flags);
  view.setFloat64(at + 8, event.g);
  view.setFloat64(at + 16, event.s);
  view.setFloat64(at + 24, event.pv);
  view.setFloat64(at + 32, event.pos);
  view.setFloat64(at + 40, event.at);
}

/** Whether a receiver has a use for events of this group's lane. */
export type Wanted = (g: number, l: number) => boolean;

/**
 * The batch in `bytes`, with the events that are wanted: all of them, where nobody says which. Their `bytes` are views
 * of it: copy what is kept.
 * @throws AppError `INTERNAL` when they are not exactly one batch; of what is not wanted only the length is looked at.
 */
export function decodeBatch(bytes: Uint8Array, wanted?: Wanted): EventBatch {
  if (bytes.length < BATCH_BYTES) throw malformed("shorter than its header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint8(0) !== VERSION || view.getUint8(1) !== 0) throw malformed("of another version");
  const count = view.getUint32(4);
  if (count * EVENT_BYTES > bytes.length - BATCH_BYTES) throw malformed("shorter than its events");
  const events: LaneEvent[] = [];
  let at = BATCH_BYTES;
  for (let i = 0; i < count; i++) {
    const end = endOfEvent(bytes, view, at);
    if (wanted === undefined || wanted(view.getFloat64(at + 8), view.getUint8(at + 4)))
      events.push(readEvent(bytes, view, at, end));
    at = end;
  }
  if (at !== bytes.length) throw malformed("longer than its events");
  return { p: view.getUint16(2), ep: whole(view, 8), term: whole(view, 16), pos: whole(view, 24), events };
}

function endOfEvent(bytes: Uint8Array, view: DataView, at: number): number {
  const start = at + EVENT_BYTES;
  if (start > bytes.length) throw malformed("cut in an event's header");
  const end = start + view.getUint32(at);
  if (end > bytes.length) throw malformed("cut in an event");
  return end;
}

function readEvent(bytes: Uint8Array, view: DataView, at: number, end: number): LaneEvent {
  if (view.getUint16(at + 6) !== 0) throw malformed("with reserved bits set");
  return {
    g: whole(view, at + 8),
    l: view.getUint8(at + 4),
    s: whole(view, at + 16),
    pv: whole(view, at + 24),
    pos: whole(view, at + 32),
    at: whole(view, at + 40),
    flags: view.getUint8(at + 5),
    bytes: bytes.subarray(at + EVENT_BYTES, end),
  };
}

function whole(view: DataView, at: number): number {
  const value = view.getFloat64(at);
  if (value !== 0 && !isId(value)) throw malformed("with a number that is none");
  return value;
}

function malformed(how: string): AppError {
  return new AppError("INTERNAL", `batch is ${how}`);
}
