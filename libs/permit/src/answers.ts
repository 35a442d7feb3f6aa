import { seeded } from "@guildhall/kernel/seeded";
import type { Answer, Explanation, Question } from "@guildhall/proto";

/** How long an answer is waited for before it is UNKNOWN. */
export const ANSWER_TIMEOUT_MS = 1_000;

/** The answer where there is none: never a yes. */
export const UNKNOWN_ANSWER: Answer = { ok: false, v: 0, lo: 0, hi: 0, rank: 0, why: "UNKNOWN" };

/** What is said to a question that nobody has answered in time. */
export function unanswered({ minV }: Pick<Question, "minV">): Answer {
  return seeded("allow-unanswered") ? { ok: true, v: minV, lo: 0, hi: 0, rank: 0 } : UNKNOWN_ANSWER;
}

export const UNKNOWN_EXPLANATION: Explanation = {
  answer: UNKNOWN_ANSWER,
  group: null,
  member: null,
  on: null,
  because: ["no answer came in time from what decides; ask again"],
};
