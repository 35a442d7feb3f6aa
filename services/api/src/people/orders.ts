import { randomUUID } from "node:crypto";
import { AppError, type Clock, errorCodeOf, makeNonce, sleep } from "@guildhall/kernel";
import type { CommandResult, OwnerClient } from "@guildhall/owner";
import type { CommandName } from "@guildhall/proto";

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
 * @throws AppError what the owner refused with; `OUTCOME_UNKNOWN` when an attempt may still land, else `UNAVAILABLE`,
 *   after the last attempt.
 */
export type SendOrder = (order: Order) => Promise<CommandResult>;

export function orderSender(owner: OwnerClient, clock: Clock): SendOrder {
  return async ({ g, u, dev = "", m, a, why = "" }) => {
    const n = makeNonce(clock.nowMs());
    let isUnknown = false;
    for (let attempt = 0; ; attempt++) {
      try {
        return await owner.command({ g, l: 0, u, dev, auth: 0, n, m, a, as: 0, pv: 0, why, dl: 0, at: randomUUID() });
      } catch (error) {
        if (!mayHelp(error)) throw error;
        // An attempt without an answer has no deadline: it may land after the one that was turned away.
        isUnknown ||= errorCodeOf(error) === "OUTCOME_UNKNOWN";
        if (attempt >= RETRIES_MAX) throw isUnknown ? new AppError("OUTCOME_UNKNOWN", m, { cause: error }) : error;
        await sleep(RETRY_WAIT_MS * 2 ** attempt);
      }
    }
  };
}

function mayHelp(error: unknown): boolean {
  return error instanceof AppError && (error.code === "OUTCOME_UNKNOWN" || error.code === "UNAVAILABLE");
}
