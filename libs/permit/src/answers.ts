import type { Answer, Explanation } from "@guildhall/proto";

/** How long an answer is waited for before it is UNKNOWN. */
export const ANSWER_TIMEOUT_MS = 1_000;

/** The answer where there is none: never a yes. */
export const UNKNOWN_ANSWER: Answer = { ok: false, v: 0, lo: 0, hi: 0, rank: 0, why: "UNKNOWN" };

export const UNKNOWN_EXPLANATION: Explanation = {
  answer: UNKNOWN_ANSWER,
  group: null,
  member: null,
  on: null,
  because: ["no answer came in time from what decides; ask again"],
};
