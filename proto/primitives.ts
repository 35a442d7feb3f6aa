import Type from "typebox";
import { LIMITS } from "./tables/limits.ts";

/** The largest id, seq or time: both codecs and JavaScript keep it exactly. */
export const INT53_MAX = Number.MAX_SAFE_INTEGER;

/** A random 53-bit integer drawn by the server; 0 is nobody's. */
export const Id = Type.Integer({ minimum: 1, maximum: INT53_MAX });
/** A place in a lane, from 1. */
export const Seq = Type.Integer({ minimum: 1, maximum: INT53_MAX });
/** The same, where 0 says "nothing yet". */
export const Seq0 = Type.Integer({ minimum: 0, maximum: INT53_MAX });
export const Count = Type.Integer({ minimum: 0, maximum: INT53_MAX });
/** Server time, milliseconds since 1970. */
export const TimeMs = Type.Integer({ minimum: 0, maximum: INT53_MAX });
export const DurationMs = Type.Integer({ minimum: 0, maximum: INT53_MAX });
/** 0 the main lane, 1 the staff lane. */
export const Lane = Type.Integer({ minimum: 0, maximum: 33 });
/** One life of the journal. */
export const Epoch = Type.Integer({ minimum: 1, maximum: INT53_MAX });
/** Whether one place in a lane comes after another: by epoch, then by seq. */
export function isAhead(one: Place, other: Place): boolean {
  return one.ep > other.ep || (one.ep === other.ep && one.s > other.s);
}
type Place = { readonly ep: number; readonly s: number };

/** Chosen by the client, echoed in the answer. */
export const RequestId = Type.Integer({ minimum: 1, maximum: 0xffff_ffff });

/**
 * 16 bytes: `bin` in MessagePack, 22 characters of base64url in JSON. In memory a Uint8Array;
 * the JSON codec converts wherever a schema carries `x-bin`.
 */
export const Bin16 = Type.Refine(
  Type.Unsafe<Uint8Array>({ "x-bin": 16 }),
  (value) => value instanceof Uint8Array && value.length === 16,
  () => "must be 16 bytes",
);

/** Text of at most `max` Unicode code points. */
export const text = (max: number, min = 0) =>
  Type.Refine(
    Type.String({ maxLength: max * 2, minLength: min }),
    (value) => codePointsWithin(value, max),
    () => `must be at most ${max} characters`,
  );

function codePointsWithin(value: string, max: number): boolean {
  if (value.length <= max) return true;
  let count = 0;
  for (const _ of value) if (++count > max) return false;
  return true;
}

export const Reason = text(LIMITS.reasonMaxCodePoints);
/** A frame's own map: unknown keys are ignored, so that newer clients may add some. */
export const open = { additionalProperties: true } as const;
/** Arguments and bodies: unknown keys are refused. */
export const closed = { additionalProperties: false } as const;
