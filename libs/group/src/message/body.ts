import { AppError } from "@guildhall/kernel";
import type { TextBody } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { badArgs } from "../bad-args.ts";

/**
 * Checks a text; it is kept as sent.
 * @throws AppError `BAD_ARGS` when it is white space alone; `TOO_LARGE` past LIMITS.textMaxCodePoints or
 * LIMITS.textMaxBytes in UTF-8.
 */
export function checkBody({ t }: TextBody): void {
  if (!/\S/.test(t)) throw badArgs("/b/t", "is empty");
  // A UTF-16 unit takes 3 bytes at most, so most texts need no counting.
  if (t.length <= LIMITS.textMaxCodePoints && t.length * 3 <= LIMITS.textMaxBytes) return;
  let codePoints = 0;
  let bytes = 0;
  for (const char of t) {
    codePoints += 1;
    bytes += utf8Bytes(char.codePointAt(0) ?? 0);
  }
  if (codePoints > LIMITS.textMaxCodePoints) throw new AppError("TOO_LARGE", `${codePoints} characters`);
  if (bytes > LIMITS.textMaxBytes) throw new AppError("TOO_LARGE", `${bytes} bytes`);
}

function utf8Bytes(codePoint: number): number {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x1_0000 ? 3 : 4;
}
