import { randomBytes } from "node:crypto";
import { hash, verify } from "@node-rs/argon2";
import { passwordBytes } from "../http/fields.ts";
import { type Bounded, bounded } from "./bounded.ts";

/** argon2id, the package's default variant, with OWASP's first choice of costs: 19 MiB, 2 passes. */
const COSTS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/**
 * Hashes at once. They run on libuv's four threads, which also sync files: half of them stay free for
 * that. 40 MiB at most.
 */
const RUNNING_MAX = 2;
/** Beyond it sign-ins and sign-ups are refused: at 20 to 40 ms a hash the last one waits about a second. */
const WAITING_MAX = 64;
const RETRY_AFTER_MS = 1_000;

export type Passwords = {
  /** @throws AppError `UNAVAILABLE` when too many wait. */
  hash(password: string): Promise<string>;

  /**
   * Whether `password` belongs to `secret`. Without a secret the answer is no, after the same work.
   * @throws AppError `UNAVAILABLE` when too many wait.
   */
  matches(secret: string, password: string): Promise<boolean>;

  waiting(): number;
};

export function passwords(turns: Bounded = bounded(RUNNING_MAX, WAITING_MAX, RETRY_AFTER_MS)): Passwords {
  // Nobody knows a password for it: it is the hash of random bytes, made when first needed.
  let nobody: Promise<string> | undefined;

  return {
    hash: (password) => turns.run(() => hash(passwordBytes(password), COSTS)),

    async matches(secret, password) {
      nobody ??= hash(randomBytes(32), COSTS);
      const stored = secret === "" ? await nobody : secret;
      const same = await turns.run(() => verify(stored, passwordBytes(password)));
      return same && secret !== "";
    },

    waiting: () => turns.waiting(),
  };
}
