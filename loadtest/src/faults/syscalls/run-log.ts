import type { ClientFrame, Committed, GroupView } from "@guildhall/proto";
import type { ErrorCode } from "@guildhall/proto/tables";
import type { Answer } from "../../clients/speaker.ts";
import type { Request } from "./script.ts";

/** The groups of the script. */
export type Place = "A" | "B";

/** What is known of a command: its first result, that it did not happen, or nothing. */
export type Outcome =
  | { readonly kind: "acked"; readonly s: number; readonly ep: number }
  | { readonly kind: "refused"; readonly code: ErrorCode }
  | { readonly kind: "unknown"; readonly why: string };

/** One command, sent once or more. */
export type Op = {
  readonly label: string;
  /** Commands of one round were under way together. */
  readonly round: number;
  readonly by: number;
  readonly to: Place;
  readonly nonce: Uint8Array;
  readonly request: Request;
  outcome: Outcome;
};

/** Everything a client has said and heard. */
export type RunLog = {
  readonly ops: Op[];
  readonly groups: Map<Place, number>;
  /** Promises that an answer broke. */
  readonly violations: string[];
};

export function copyOf({ ops, groups }: RunLog): RunLog {
  return { ops: ops.map((op) => ({ ...op })), groups: new Map(groups), violations: [] };
}

/** The command as a frame; `more` says that it has been sent before. */
export function frameOf(
  op: Pick<Op, "nonce" | "request">,
  g: number,
  body: "same" | "other",
  more: { rt?: 1 } = {},
): (i: number) => ClientFrame {
  const { m, a: same, other } = op.request;
  const a = body === "same" ? same : other;
  const n = op.nonce;
  if (m === "group.create") return (i) => ({ t: 7, i, n, m, a });
  if (m === "msg.send") return (i) => ({ t: 4, i, g, n, ...(a as { k: string; b: unknown }), ...more });
  return (i) => ({ t: 5, i, g, n, m, a, ...more });
}

/**
 * What an answer means. `group.create` is several commands, of which the first may have happened when a later
 * one is refused for want of a journal: until it is `ok` nothing is known.
 */
export function outcomeOf(answer: Answer, { m }: Request): Outcome {
  if (answer.kind === "lost") return { kind: "unknown", why: answer.why };
  if (answer.kind === "ok") {
    if (m === "group.create") return { kind: "acked", s: 1, ep: 0 };
    const { s, ep } = answer.d as Committed;
    return { kind: "acked", s, ep };
  }
  const { code } = answer;
  if (code === "OUTCOME_UNKNOWN" || (m === "group.create" && RETRYABLE.has(code)))
    return { kind: "unknown", why: code };
  return { kind: "refused", code };
}

/** Refusals that the state of the server is the reason of, not the command. */
export const RETRYABLE: ReadonlySet<ErrorCode> = new Set(["UNAVAILABLE", "PERM_STALE"]);

/** The id in the answer to `group.create`. */
export function groupIn(answer: Answer): number | undefined {
  return answer.kind === "ok" ? (answer.d as GroupView).g : undefined;
}

/** What is wrong with the answer to `first` once more, under the same body or another. */
export function repeatFaults(answer: Answer, first: Op, body: "same" | "other"): string[] {
  if (first.outcome.kind !== "acked" || saysNothing(answer)) return [];
  const right = body === "other" ? isConflict(answer) : isFirstResult(answer, first.outcome.s, first.request);
  const got = answer.kind === "ok" ? `ok ${JSON.stringify(answer.d)}` : answer.kind === "err" ? answer.code : "";
  return right
    ? []
    : [`${first.label} had seq ${first.outcome.s}; with the ${body} body once more it is answered ${got}`];
}

/** An answer that only says that none can be given now. */
function saysNothing(answer: Answer): boolean {
  if (answer.kind === "err") return RETRYABLE.has(answer.code) || answer.code === "OUTCOME_UNKNOWN";
  return answer.kind === "lost";
}

function isConflict(answer: Answer): boolean {
  return answer.kind === "err" && answer.code === "CONFLICT";
}

function isFirstResult(answer: Answer, s: number, { m }: Request): boolean {
  if (answer.kind !== "ok") return false;
  const committed = answer.d as Committed;
  return m === "group.create" || (committed.s === s && committed.dup === 1);
}
