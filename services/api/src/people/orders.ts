import { randomUUID } from "node:crypto";
import { AppError, type Clock, makeNonce, sleep } from "@guildhall/kernel";
import type { CommandResult, OwnerClient } from "@guildhall/owner";
import type { CommandName } from "@guildhall/proto";

/** How long one attempt may take at the owner. */
const DEADLINE_MS = 10_000;
/** Further attempts with the same nonce, which makes them harmless. */
const RETRIES_MAX = 3;
const RETRY_WAIT_MS = 100;

/** A command of ours: to entity `g`, in the name of `u` (0: the system). */
export type Order = {
  readonly g: number;
  readonly u: number;
  readonly dev?: string;
  readonly m: CommandName;
  readonly a: unknown;
  readonly why?: string;
};

/**
 * Sends a command to its owner; what may or may not have happened, and what found no owner, is tried again.
 * @throws AppError what the owner refused with; `OUTCOME_UNKNOWN`, `UNAVAILABLE` after the last attempt.
 */
export type SendOrder = (order: Order) => Promise<CommandResult>;

export function orderSender(owner: OwnerClient, clock: Clock): SendOrder {
  return async ({ g, u, dev = "", m, a, why = "" }) => {
    const n = makeNonce(clock.nowMs());
    for (let attempt = 0; ; attempt++) {
      const dl = clock.nowMs() + DEADLINE_MS;
      try {
        return await owner.command({ g, l: 0, u, dev, auth: 0, n, m, a, as: 0, pv: 0, why, dl, at: randomUUID() });
      } catch (error) {
        if (attempt >= RETRIES_MAX || !mayHelp(error)) throw error;
        await sleep(RETRY_WAIT_MS * 2 ** attempt);
      }
    }
  };
}

function mayHelp(error: unknown): boolean {
  return error instanceof AppError && (error.code === "OUTCOME_UNKNOWN" || error.code === "UNAVAILABLE");
}
