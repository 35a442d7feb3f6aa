import { makeNonce } from "@guildhall/kernel";
import type { ClientFrame } from "@guildhall/proto";
import { CLIENT_FRAME, type Encoding } from "@guildhall/proto/tables";
import { codecFor } from "@guildhall/wire";
import fc from "fast-check";

/** Longer inputs are refused by their length alone. */
const BYTES_MAX = 2_000;
const CHANGES_MAX = 4;
const ID_MAX = Number.MAX_SAFE_INTEGER;

const bin16 = fc.uint8Array({ minLength: 16, maxLength: 16 });
/**
 * Mostly the same few: an owner remembers for ten minutes whom it was asked about, by design and up to a bound, and
 * memory is to tell of everything else.
 */
const IDS_SAME = 256;
const same = fc.integer({ min: 1, max: IDS_SAME }).map((nth) => nth * Math.floor(ID_MAX / IDS_SAME));
const id = fc.oneof({ weight: 15, arbitrary: same }, { weight: 1, arbitrary: fc.integer({ min: 1, max: ID_MAX }) });
const i = fc.integer({ min: 1, max: 0xffff_ffff });
const seq = fc.integer({ min: 1, max: 1_000_000 });
const text = fc.string({ unit: "grapheme", maxLength: 60 });

/** Good frames of every kind but `send` and `cmd` into a group one is in, `hello` and `auth`: none changes anything. */
function goodFrame(nowMs: number): fc.Arbitrary<ClientFrame> {
  const nonce = bin16.map((bytes) => {
    const made = makeNonce(nowMs);
    made.set(bytes.subarray(8), 8);
    return made;
  });
  const g = id;
  const frames: readonly fc.Arbitrary<object>[] = [
    fc.record({ t: fc.constant(CLIENT_FRAME.ping) }),
    fc.record({ t: fc.constant(CLIENT_FRAME.sub), i, g: fc.array(g, { maxLength: 4 }), mode: fc.nat(1) }),
    fc.record({ t: fc.constant(CLIENT_FRAME.unsub), g: fc.array(g, { maxLength: 4 }) }),
    fc.record({ t: fc.constant(CLIENT_FRAME.send), i, g, n: nonce, k: fc.constant("text"), b: fc.record({ t: text }) }),
    fc.record({ t: fc.constant(CLIENT_FRAME.cmd), i, g, n: nonce, m: fc.constant("member.leave"), a: fc.constant({}) }),
    fc.record({ t: fc.constant(CLIENT_FRAME.get), i, g, before: seq, lim: fc.integer({ min: 1, max: 100 }) }),
    fc.record({
      t: fc.constant(CLIENT_FRAME.ask),
      i,
      m: fc.constant("people.get"),
      a: fc.record({ u: fc.array(id, { maxLength: 4 }) }),
    }),
    fc.record({
      t: fc.constant(CLIENT_FRAME.ask),
      i,
      m: fc.string({ minLength: 1, maxLength: 32 }),
      a: fc.jsonValue(),
    }),
    fc.record({ t: fc.constant(CLIENT_FRAME.read), g, s: seq }),
    fc.record({ t: fc.constant(CLIENT_FRAME.eph), g, k: fc.constant("typing") }),
  ];
  return fc.oneof(...frames) as fc.Arbitrary<ClientFrame>;
}

type Change = { readonly kind: number; readonly at: number; readonly byte: number; readonly length: number };

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.nat(5),
  at: fc.nat(BYTES_MAX),
  byte: fc.nat(255),
  length: fc.integer({ min: 1, max: 16 }),
});

/** A bit turned, a byte replaced, put in or taken out, the end cut off, or a piece said twice. */
function changed(bytes: Uint8Array, { kind, at, byte, length }: Change): Uint8Array {
  const place = bytes.length === 0 ? 0 : at % bytes.length;
  const [before, rest] = [bytes.subarray(0, place), bytes.subarray(place)];
  if (kind === 0) return joined(before, [(rest[0] ?? 0) ^ (1 << (byte & 7))], rest.subarray(1));
  if (kind === 1) return joined(before, [byte], rest.subarray(1));
  if (kind === 2) return joined(before, [byte], rest);
  if (kind === 3) return joined(before, rest.subarray(length));
  return kind === 4 ? before : joined(before, rest.subarray(0, length), rest);
}

function joined(...pieces: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

/** Bytes for a client to send: good frames, good frames with changes, and anything. */
export function inputs(encoding: Encoding, nowMs: number): fc.Arbitrary<Uint8Array> {
  const good = goodFrame(nowMs).map((frame) => codecFor(encoding).encodeClient(frame));
  const broken = fc
    .tuple(good, fc.array(change, { minLength: 1, maxLength: CHANGES_MAX }))
    .map(([bytes, changes]) => changes.reduce(changed, bytes));
  const anyBytes = fc.uint8Array({ maxLength: BYTES_MAX });
  const any = encoding === "msgpack" ? anyBytes : fc.oneof(anyBytes, anyText);
  return fc.oneof({ weight: 2, arbitrary: good }, { weight: 7, arbitrary: broken }, { weight: 1, arbitrary: any });
}

const utf8 = new TextEncoder();
const anyText = fc.oneof(fc.string({ maxLength: 500 }), fc.json()).map((value) => utf8.encode(value));
