import { SERVER_FRAME } from "@guildhall/proto/tables";
import { briefBytes } from "./brief-bytes.ts";

/** The envelope of an `ev` frame: covers seq `a` to `z` of lane `l` of `g` entirely. */
export type EvHead = {
  readonly g: number;
  readonly l: number;
  readonly ep: number;
  readonly a: number;
  readonly z: number;
};

/** Map header, six one-letter keys, t and l in one byte each, four numbers of at most nine, array32: under this. */
const HEAD_MAX_BYTES = 64;
const UINT32 = 2 ** 32;
const head = new Uint8Array(HEAD_MAX_BYTES);
const headView = new DataView(head.buffer);
const utf8 = new TextEncoder();

/** An `ev` frame in MessagePack round events that are encoded already, to send and forget. Lane 0 is left out. */
export function encodeEvMsgpack(envelope: EvHead, events: readonly Uint8Array[]): Uint8Array {
  const headBytes = writeHead(envelope, events.length);
  let size = headBytes;
  for (const event of events) size += event.length;
  const frame = briefBytes(size);
  frame.set(head.subarray(0, headBytes));
  let at = headBytes;
  for (const event of events) {
    frame.set(event, at);
    at += event.length;
  }
  return frame;
}

/** The same in JSON, round events from `eventToJson`. */
export function encodeEvJson({ g, l, ep, a, z }: EvHead, events: readonly string[]): Uint8Array {
  const lane = l === 0 ? "" : `"l":${l},`;
  return utf8.encode(`{"t":"ev","g":${g},${lane}"ep":${ep},"a":${a},"z":${z},"e":[${events.join(",")}]}`);
}

function writeHead({ g, l, ep, a, z }: EvHead, count: number): number {
  head[0] = 0x80 | (l === 0 ? 6 : 7);
  let at = writeUint(writeKey(1, "t"), SERVER_FRAME.ev);
  at = writeUint(writeKey(at, "g"), g);
  if (l !== 0) at = writeUint(writeKey(at, "l"), l);
  head[at] = 0xa2;
  head[at + 1] = 0x65;
  head[at + 2] = 0x70;
  at = writeUint(at + 3, ep);
  at = writeUint(writeKey(at, "a"), a);
  at = writeUint(writeKey(at, "z"), z);
  return writeArrayHeader(writeKey(at, "e"), count);
}

function writeKey(at: number, key: string): number {
  head[at] = 0xa1;
  head[at + 1] = key.charCodeAt(0);
  return at + 2;
}

/** The shortest form, as the general encoder writes it. */
function writeUint(at: number, value: number): number {
  if (value < 0x80) {
    headView.setUint8(at, value);
    return at + 1;
  }
  if (value < 0x100) {
    headView.setUint16(at, 0xcc00 | value);
    return at + 2;
  }
  if (value < 0x1_0000) {
    headView.setUint8(at, 0xcd);
    headView.setUint16(at + 1, value);
    return at + 3;
  }
  if (value < UINT32) {
    headView.setUint8(at, 0xce);
    headView.setUint32(at + 1, value);
    return at + 5;
  }
  headView.setUint8(at, 0xcf);
  headView.setUint32(at + 1, Math.floor(value / UINT32));
  headView.setUint32(at + 5, value % UINT32);
  return at + 9;
}

function writeArrayHeader(at: number, count: number): number {
  if (count < 16) {
    headView.setUint8(at, 0x90 | count);
    return at + 1;
  }
  if (count < 0x1_0000) {
    headView.setUint8(at, 0xdc);
    headView.setUint16(at + 1, count);
    return at + 3;
  }
  headView.setUint8(at, 0xdd);
  headView.setUint32(at + 1, count);
  return at + 5;
}
