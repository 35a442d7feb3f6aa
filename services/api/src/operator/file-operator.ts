import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { AppError, type Clock } from "@guildhall/kernel";
import type { Operator } from "../ports.ts";
import { readKeyHash, writeKeyHash } from "./key-file.ts";
import { OneTimeCode } from "./one-time-code.ts";

export type FileOperator = Operator & {
  /** The one-time code to print: only while the installation has no operator and the code holds. */
  code(): string | undefined;
};

export type FileOperatorOptions = {
  /** Where the hash of the operator's key is kept. Its folder must exist. */
  readonly path: string;
  readonly clock: Clock;
};

/**
 * One operator an installation, known by a key of 256 random bits whose hash is in a file. While there
 * is no file each start makes a one-time code for it; to have a new operator, remove the file and start again.
 *
 * @throws Error when the file is there and cannot be used.
 */
export function fileOperator({ path, clock }: FileOperatorOptions): FileOperator {
  let kept = readKeyHash(path);
  const code = kept === undefined ? new OneTimeCode(clock) : undefined;
  let writing = false;

  return {
    code: () => (kept === undefined ? code?.text : undefined),

    async redeem(given) {
      // While the key of an earlier call is being written the code is no longer anybody else's.
      if (code === undefined || kept !== undefined || writing || !code.matches(given)) return undefined;
      writing = true;
      try {
        const key = randomBytes(32).toString("base64url");
        const hash = hashOf(key).toString("base64url");
        await writeKeyHash(path, hash);
        kept = hash;
        code.end();
        return key;
      } catch (cause) {
        throw new AppError("UNAVAILABLE", "operator key cannot be written", { cause });
      } finally {
        writing = false;
      }
    },

    check(key) {
      const expected = kept === undefined ? Buffer.alloc(32) : Buffer.from(kept, "base64url");
      return timingSafeEqual(hashOf(key), expected) && kept !== undefined;
    },
  };
}

function hashOf(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}
