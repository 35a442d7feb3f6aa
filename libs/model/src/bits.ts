import { AppError } from "@guildhall/kernel";
import { BIT_COUNT, BITS, type Bit } from "@guildhall/proto/tables";

/** A set of permission bits in two unsigned 32-bit lanes: bits 0 to 31 in `lo`, 32 to 51 in `hi`. */
export type Mask = { readonly lo: number; readonly hi: number };

/** Every bit by name, in the order of the numbers. */
export const BIT_NAMES: readonly Bit[] = (Object.keys(BITS) as Bit[]).sort((a, b) => BITS[a].bit - BITS[b].bit);

/** Of each bit its mask, so that a check does no arithmetic. */
const MASK_OF_BIT = Object.fromEntries(BIT_NAMES.map((name) => [name, maskOfNumber(BITS[name].bit)])) as Record<
  Bit,
  Mask
>;

export const NONE: Mask = { lo: 0, hi: 0 };

/** Every bit that is in use; the reserved ones are not. */
export const ALL: Mask = maskOf(BIT_NAMES);

/** Bits that also need a fresh password sign-in. */
export const DANGEROUS_BITS: ReadonlySet<Bit> = new Set(
  BIT_NAMES.filter((name) => {
    const spec: { readonly bit: number; readonly dangerous?: true } = BITS[name];
    return spec.dangerous === true;
  }),
);

/** What somebody who is muted keeps. */
export const READING_BITS: readonly Bit[] = ["VIEW_GROUP", "READ_HISTORY", "VIEW_MEMBER_LIST"];
export const MUTE_KEEP: Mask = maskOf(READING_BITS);

function maskOfNumber(bit: number): Mask {
  return bit < 32 ? { lo: (1 << bit) >>> 0, hi: 0 } : { lo: 0, hi: (1 << (bit - 32)) >>> 0 };
}

export function maskOf(bits: readonly Bit[]): Mask {
  let lo = 0;
  let hi = 0;
  for (const name of bits) {
    const mask = MASK_OF_BIT[name];
    lo |= mask.lo;
    hi |= mask.hi;
  }
  return { lo: lo >>> 0, hi: hi >>> 0 };
}

export function hasBit(mask: Mask, bit: Bit): boolean {
  const one = MASK_OF_BIT[bit];
  return (mask.lo & one.lo) !== 0 || (mask.hi & one.hi) !== 0;
}

/** Whether every bit of `part` is in `whole`. */
export function includesAll(whole: Mask, part: Mask): boolean {
  return (part.lo & ~whole.lo) === 0 && (part.hi & ~whole.hi) === 0;
}

export function union(a: Mask, b: Mask): Mask {
  return { lo: (a.lo | b.lo) >>> 0, hi: (a.hi | b.hi) >>> 0 };
}

export function intersection(a: Mask, b: Mask): Mask {
  return { lo: (a.lo & b.lo) >>> 0, hi: (a.hi & b.hi) >>> 0 };
}

/** What is in `a` and not in `b`. */
export function without(a: Mask, b: Mask): Mask {
  return { lo: (a.lo & ~b.lo) >>> 0, hi: (a.hi & ~b.hi) >>> 0 };
}

/** The names of the bits that are set, in the order of the numbers; reserved bits have none. */
export function bitNames(mask: Mask): readonly Bit[] {
  return BIT_NAMES.filter((name) => hasBit(mask, name));
}

/** The external form: "0x" and 16 hexadecimal digits, `hi` first. */
export function toHex(mask: Mask): string {
  return `0x${hex32(mask.hi)}${hex32(mask.lo)}`;
}

/**
 * Reads the external form; leading zeros may be left out.
 * @throws AppError `BAD_ARGS` for anything else, and for bits that are not in use.
 */
export function fromHex(text: string): Mask {
  if (!/^0x[0-9a-fA-F]{1,16}$/.test(text)) throw new AppError("BAD_ARGS", "not a permission mask");
  const digits = text.slice(2).padStart(16, "0");
  const mask = { lo: Number.parseInt(digits.slice(8), 16), hi: Number.parseInt(digits.slice(0, 8), 16) };
  if (!includesAll(ALL, mask)) throw new AppError("BAD_ARGS", `a permission mask has ${BIT_COUNT} bits`);
  return mask;
}

function hex32(lane: number): string {
  return (lane >>> 0).toString(16).padStart(8, "0");
}
