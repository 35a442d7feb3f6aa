import { AppError } from "@guildhall/kernel";
import type { Answer, Explanation, Question } from "@guildhall/proto";
import { ANSWER_TIMEOUT_MS, UNKNOWN_ANSWER, UNKNOWN_EXPLANATION, unanswered } from "./answers.ts";
import { CHECKS_MAX, type Permit } from "./permit.ts";

/** What decides, in the same process. `check` answers at once where it has the facts. */
export type Decider = {
  check(question: Question): Answer | Promise<Answer>;
  explain(question: Question): Promise<Explanation>;
};

/** Asks a decider of the same process. Disposing it ends no decider; from then on all is UNKNOWN. */
export function localPermit(decider: Decider): Permit {
  let closed = false;

  function check(question: Question): Answer | Promise<Answer> {
    if (closed) return UNKNOWN_ANSWER;
    // Whatever kept it from deciding, nobody is let in; the decider reports its own failures.
    try {
      const answer = decider.check(question);
      return answer instanceof Promise ? inTime(answer, unanswered(question)).catch(() => UNKNOWN_ANSWER) : answer;
    } catch {
      return UNKNOWN_ANSWER;
    }
  }

  return {
    check,

    async checkMany(questions) {
      if (questions.length > CHECKS_MAX) throw new AppError("BAD_ARGS", `${questions.length} checks at once`);
      return Promise.all(questions.map(async (question) => check(question)));
    },

    async explain(question) {
      if (closed) return UNKNOWN_EXPLANATION;
      try {
        return await inTime(decider.explain(question), UNKNOWN_EXPLANATION);
      } catch {
        // As in check.
        return UNKNOWN_EXPLANATION;
      }
    },

    async [Symbol.asyncDispose]() {
      closed = true;
    },
  };
}

async function inTime<T>(promise: Promise<T>, otherwise: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(resolve, ANSWER_TIMEOUT_MS, otherwise);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
