import type { Answer, Explanation, Question } from "@guildhall/proto";

/** The most questions in one `checkMany`. */
export const CHECKS_MAX = 256;

/**
 * May this actor do this, here, now? The edge's fast refusal, and the only check for reads.
 *
 * An answer is never a guess: without facts, or with facts that may be old, it is `ok: false` with why
 * UNKNOWN or STALE. Answers come in the order of the questions. `minV` is waited for at most 50 ms,
 * then the facts are loaded anew.
 */
export interface Permit extends AsyncDisposable {
  /** At once where it can: no promise then. Never rejects: what cannot be answered in 1 s is `UNKNOWN`. */
  check(question: Question): Answer | Promise<Answer>;

  /** At most CHECKS_MAX at once. @throws AppError `BAD_ARGS` for more. */
  checkMany(questions: readonly Question[]): Promise<readonly Answer[]>;

  /** The answer with the facts it came from. Never rejects, as `check`. */
  explain(question: Question): Promise<Explanation>;
}
