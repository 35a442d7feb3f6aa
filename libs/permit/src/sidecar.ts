import { AppError } from "@guildhall/kernel";
import type { Answer, Explanation, Question } from "@guildhall/proto";
import { ANSWER_TIMEOUT_MS, UNKNOWN_EXPLANATION, unanswered } from "./answers.ts";
import { CALL, encodeRequest, questionBody, readAnswer, readAnswers, readExplanation } from "./messages.ts";
import { CHECKS_MAX, type Permit } from "./permit.ts";
import { Pipeline } from "./pipeline.ts";

export type SidecarOptions = {
  /** Where the sidecar's Unix domain socket is. */
  readonly path: string;
  /** How long an answer is waited for; ANSWER_TIMEOUT_MS if not said. */
  readonly timeoutMs?: number;
};

/**
 * Asks the sidecar over its socket, many questions at a time on one connection. Connects by itself, again
 * and again; what is asked meanwhile waits for the connection as long as for an answer. What was sent on
 * a connection that broke is UNKNOWN.
 */
export function sidecarPermit({ path, timeoutMs = ANSWER_TIMEOUT_MS }: SidecarOptions): Permit {
  const pipeline = new Pipeline(path, timeoutMs);

  return {
    async check(question: Question): Promise<Answer> {
      return readAnswer(await pipeline.check(question)) ?? unanswered(question);
    },

    async checkMany(questions: readonly Question[]): Promise<readonly Answer[]> {
      if (questions.length > CHECKS_MAX) throw new AppError("BAD_ARGS", `${questions.length} checks at once`);
      const body = await pipeline.ask((n) => encodeRequest(n, CALL.checkMany, questions.map(questionBody)));
      return readAnswers(body, questions.length) ?? questions.map(unanswered);
    },

    async explain(question: Question): Promise<Explanation> {
      const body = await pipeline.ask((n) => encodeRequest(n, CALL.explain, questionBody(question)));
      return readExplanation(body) ?? UNKNOWN_EXPLANATION;
    },

    async [Symbol.asyncDispose]() {
      pipeline.close();
    },
  };
}
