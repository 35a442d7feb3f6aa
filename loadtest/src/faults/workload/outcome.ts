import { type Committed, ERRORS, type ErrFrame } from "@guildhall/proto";
import type { AttemptEnd } from "@guildhall/testkit/history";
import { type Answer, okOf } from "./connection.ts";

/** Before a repeat, where the refusal does not say. */
const AGAIN_AFTER_MS = 100;

/** What an attempt came to. `again`: refused, and may be repeated after `afterMs`. */
export type Outcome =
  | { readonly kind: "ok"; readonly seq: number }
  | { readonly kind: "refused"; readonly code: number; readonly again: boolean; readonly afterMs: number }
  | { readonly kind: "unknown" };

/** What an answer says to the history, and to who sent the message. */
export function judge(answer: Answer): [AttemptEnd, Outcome] {
  const done = okOf(answer);
  if (done !== undefined) {
    const { s: seq, ep: epoch, dup } = done.d as Committed;
    return [
      { phase: "ok", seq, epoch, ...(dup === 1 ? { dup } : {}) },
      { kind: "ok", seq },
    ];
  }
  if (answer === "lost") return [{ phase: "info" }, { kind: "unknown" }];
  const { c: code, r, ra = AGAIN_AFTER_MS, d } = answer as ErrFrame;
  if (code === ERRORS.OUTCOME_UNKNOWN.c) return [{ phase: "info", code }, { kind: "unknown" }];
  const first = (d as { readonly s?: unknown } | undefined)?.s;
  const end = { phase: "fail", code, ...(typeof first === "number" ? { seq: first } : {}) } as const;
  return [end, { kind: "refused", code, again: r, afterMs: ra }];
}
