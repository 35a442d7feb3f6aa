import { AppError } from "@guildhall/kernel";
import type { Entry, JournalRecord, Voice } from "@guildhall/proto";
import Type from "typebox";
import { mistakeIn, validatorFor } from "./check.ts";
import { copyOf, pack, unpack } from "./msgpack.ts";

/*
 * A record is an array, which spares it the names of its fields:
 *
 *   [version 2, p, ep, term, stored, [entry …], lead in ms, since]
 *   [version 1, p, ep, term, stored, [entry …]]                     without a lead
 *   entry: [g, l, s, at, u, dev, as, k, n, h, m, pv, pp, bk, bb, b, re, mn, why, w]
 *
 * It is kept on disk: another shape is another version, and these stay readable.
 */
const WITHOUT_LEAD = 1;
const WITH_LEAD = 2;

const Whole = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Bytes = Type.Refine(
  Type.Unsafe<Uint8Array>({}),
  (value) => value instanceof Uint8Array,
  () => "must be bytes",
);
const BytesOrNull = Type.Union([Bytes, Type.Null()]);
const RowWrite = Type.Tuple([
  Type.String(),
  Type.Array(Type.Union([Type.Number(), Type.String()])),
  Type.Union([Type.Object({}, { additionalProperties: true }), Type.Null()]),
]);
const EntryRow = Type.Tuple([
  Whole,
  Whole,
  Whole,
  Whole,
  Whole,
  Type.String(),
  Type.Integer({ minimum: 0, maximum: 2 }),
  Type.String(),
  BytesOrNull,
  BytesOrNull,
  Whole,
  Whole,
  Type.Integer({ minimum: -1, maximum: Number.MAX_SAFE_INTEGER }),
  Whole,
  Whole,
  Type.Unknown(),
  Whole,
  Type.Union([Type.Array(Whole), Type.Literal("all"), Type.Null()]),
  Type.String(),
  Type.Array(RowWrite),
]);
const Plain = [Whole, Whole, Whole, Whole, Type.Array(EntryRow)] as const;
const RecordRow = Type.Union([
  Type.Tuple([Type.Literal(WITH_LEAD), ...Plain, Whole, Whole]),
  Type.Tuple([Type.Literal(WITHOUT_LEAD), ...Plain]),
]);

/** A record for the journal. */
export function encodeRecord({ p, ep, term, stored, e, lead }: JournalRecord): Uint8Array {
  const plain = [p, ep, term, stored, e.map(rowOf)];
  return pack(lead === undefined ? [WITHOUT_LEAD, ...plain] : [WITH_LEAD, ...plain, lead.ms, lead.sinceMs]);
}

/**
 * The record in `bytes`. Nonces and hashes are copies, so that remembering one does not keep the record.
 * @throws AppError `INTERNAL` when they are not a record of a version known here.
 */
export function decodeRecord(bytes: Uint8Array): JournalRecord {
  const row = unpack(bytes);
  if (!validatorFor(RecordRow).Check(row)) {
    const { path, message } = mistakeIn(RecordRow, row);
    throw new AppError("INTERNAL", `not a record: ${path} ${message}`);
  }
  const [, p, ep, term, stored, entries, ms, sinceMs] = row as RecordTuple;
  const record = { p, ep, term, stored, e: entries.map(entryOf) };
  return ms === undefined || sinceMs === undefined ? record : { ...record, lead: { ms, sinceMs } };
}

type RecordTuple = readonly [
  version: number,
  p: number,
  ep: number,
  term: number,
  stored: number,
  entries: readonly Row[],
  ms?: number,
  sinceMs?: number,
];

type Row = readonly [
  g: number,
  l: number,
  s: number,
  at: number,
  u: number,
  dev: string,
  as: Voice,
  k: string,
  n: Uint8Array | null,
  h: Uint8Array | null,
  m: number,
  pv: number,
  pp: number,
  bk: number,
  bb: number,
  b: unknown,
  re: number,
  mn: Entry["mn"],
  why: string,
  w: Entry["w"],
];

function rowOf(e: Entry): Row {
  const { g, l, s, at, u, dev, as, k, n, h, m, pv, pp, bk, bb, b, re, mn, why, w } = e;
  return [g, l, s, at, u, dev, as, k, n, h, m, pv, pp, bk, bb, b, re, mn, why, w];
}

function entryOf([g, l, s, at, u, dev, as, k, n, h, m, pv, pp, bk, bb, b, re, mn, why, w]: Row): Entry {
  const nonce = n === null ? null : copyOf(n);
  const hash = h === null ? null : copyOf(h);
  return { g, l, s, at, u, dev, as, k, n: nonce, h: hash, m, pv, pp, bk, bb, b, re, mn, why, w };
}
