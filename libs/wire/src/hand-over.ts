import { AppError } from "@guildhall/kernel";
import type { HandOver } from "@guildhall/proto";
import Type from "typebox";
import { mistakeIn, validatorFor } from "./check.ts";
import { pack, unpack } from "./msgpack.ts";

/** Another shape is another version: who does not know it reads journal and store. */
const VERSION = 1;

const Whole = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Lane = Type.Object({
  l: Whole,
  s: Whole,
  at: Whole,
  m: Whole,
  pv: Whole,
  bk: Whole,
  bkAt: Whole,
  bb: Whole,
});
const Group = Type.Object({
  g: Whole,
  lanes: Type.Array(Lane),
  fromMs: Whole,
  nonces: Type.Array(Type.Tuple([Type.String(), Whole, Whole, Whole, Whole, Type.String()])),
});
const Row = Type.Tuple([
  Type.String(),
  Type.Array(Type.Union([Type.Number(), Type.String()])),
  Type.Union([Type.Object({}, { additionalProperties: true }), Type.Null()]),
]);
const Shape = Type.Object({
  v: Type.Literal(VERSION),
  p: Whole,
  ep: Whole,
  term: Whole,
  pos: Whole,
  stored: Whole,
  relayed: Whole,
  lead: Type.Object({ ms: Whole, sinceMs: Whole }),
  groups: Type.Array(Group),
  rows: Type.Array(Row),
});

export function encodeHandOver(handOver: HandOver): Uint8Array {
  return pack({ v: VERSION, ...handOver });
}

/** @throws AppError `INTERNAL` when `bytes` are not a hand-over of a version known here. */
export function decodeHandOver(bytes: Uint8Array): HandOver {
  const found = unpack(bytes);
  if (validatorFor(Shape).Check(found)) return found as HandOver;
  const { path, message } = mistakeIn(Shape, found);
  throw new AppError("INTERNAL", `not a hand-over: ${path} ${message}`);
}
