import { AppError } from "@guildhall/kernel";
import type { Nats } from "@guildhall/nats";
import { QUESTIONS_MAX } from "@guildhall/wire";
import { type Msg, PermissionViolationError } from "nats";
import { ANSWER, BATCH_BYTES, type BatchedAnswer, decodeAnswers, encodeQuestions, next } from "./question-batch.ts";

/** Questions of this process without an answer yet. At the bound more are refused with UNAVAILABLE. */
const OPEN_MAX = 100_000;
/** How the server says that nobody listens. */
const NO_RESPONDERS = 503;

type Question = {
  readonly subject: string;
  readonly resolve: (answer: Uint8Array) => void;
  readonly reject: (error: AppError) => void;
  readonly timer: NodeJS.Timeout;
  /** Once it has left. */
  number: number | undefined;
  ended: boolean;
};

/** Questions on one subject that have not left yet. */
type Leaving = { readonly questions: Question[]; readonly data: Uint8Array[]; bytes: number };

/**
 * Questions over one connection. Those of one turn on one subject travel in one message, and so do answers: a message
 * costs a process and the servers far more than a question in it does. The library's own requests take several stacks
 * and timers each besides.
 */
export class NatsQuestions {
  readonly #nats: Nats;
  readonly #onError: (error: unknown) => void;
  /** By number: those that have left. */
  readonly #open = new Map<number, Question>();
  readonly #leaving = new Map<string, Leaving>();
  /** Where answers come; each message adds the number of its first question and how many they are. */
  #inbox: { readonly subject: string; readonly stop: () => void } | undefined;
  #number = 0;
  /** Those without an answer yet, whether they have left or not. */
  #count = 0;
  #scheduled = false;

  constructor(nats: Nats, onError: (error: unknown) => void) {
    this.#nats = nats;
    this.#onError = onError;
    // Ends with the connection.
    void this.#watch();
  }

  /**
   * Resolves with the answer. Rejects with AppError: `UNAVAILABLE` where nobody listens or we have no right to ask,
   * which is certain; `OUTCOME_UNKNOWN` where none came in time, or the answerer failed.
   */
  ask(subject: string, data: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    if (this.#count >= OPEN_MAX) throw new AppError("UNAVAILABLE", `${OPEN_MAX} questions are open`);
    this.#count++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#fail(question, "OUTCOME_UNKNOWN", `no answer on ${subject}`), timeoutMs);
      const question: Question = { subject, resolve, reject, timer, number: undefined, ended: false };
      this.#take(question, data);
    });
  }

  /** Answers every question under way with OUTCOME_UNKNOWN. */
  close(why: string): void {
    this.#inbox?.stop();
    this.#inbox = undefined;
    this.#failAll("OUTCOME_UNKNOWN", why);
  }

  #take(question: Question, data: Uint8Array): void {
    const { subject } = question;
    let leaving = this.#leaving.get(subject);
    if (leaving === undefined) {
      leaving = { questions: [], data: [], bytes: 0 };
      this.#leaving.set(subject, leaving);
    }
    leaving.questions.push(question);
    leaving.data.push(data);
    leaving.bytes += data.length;
    if (leaving.questions.length >= QUESTIONS_MAX || leaving.bytes >= BATCH_BYTES) return this.#send(subject, leaving);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      for (const [to, batch] of this.#leaving) this.#send(to, batch);
    });
  }

  #send(subject: string, { questions, data }: Leaving): void {
    this.#leaving.delete(subject);
    const first = this.#number;
    for (const question of questions) {
      question.number = this.#number;
      if (!question.ended) this.#open.set(this.#number, question);
      this.#number = next(this.#number);
    }
    try {
      this.#inbox ??= this.#listen();
      const reply = `${this.#inbox.subject}.${first.toString(36)}-${questions.length}`;
      this.#nats.connection.publish(subject, encodeQuestions(first, data), { reply });
    } catch (cause) {
      this.#failFrom(first, questions.length, "UNAVAILABLE", "it cannot be asked", cause);
    }
  }

  #listen(): { readonly subject: string; readonly stop: () => void } {
    const subject = this.#nats.inbox();
    const subscription = this.#nats.connection.subscribe(`${subject}.*`, {
      callback: (error, message) => {
        if (error === null) return this.#answered(message, message.subject.slice(subject.length + 1));
        // The library has closed the subscription: the next question makes another.
        this.#inbox = undefined;
        this.#failAll("OUTCOME_UNKNOWN", "answers are not let through", error);
      },
    });
    return { subject, stop: () => subscription.unsubscribe() };
  }

  #answered(message: Msg, token: string): void {
    if (message.data.length === 0 && message.headers?.code === NO_RESPONDERS) {
      const [first = "", count] = token.split("-");
      return this.#failFrom(Number.parseInt(first, 36), Number(count), "UNAVAILABLE", "nobody answers");
    }
    try {
      for (const answer of decodeAnswers(message.data)) this.#end(answer);
    } catch (error) {
      this.#onError(error);
    }
  }

  #end({ number, kind, data }: BatchedAnswer): void {
    const question = this.#open.get(number);
    // Its time was up.
    if (question === undefined) return;
    const { subject } = question;
    if (kind === ANSWER.nobody) return this.#fail(question, "UNAVAILABLE", `nobody answers ${subject}`);
    if (kind === ANSWER.failed) return this.#fail(question, "OUTCOME_UNKNOWN", `answerer of ${subject} failed`);
    this.#close(question);
    question.resolve(data);
  }

  #close(question: Question): void {
    question.ended = true;
    if (question.number !== undefined) this.#open.delete(question.number);
    clearTimeout(question.timer);
    this.#count--;
  }

  #fail(question: Question, code: "UNAVAILABLE" | "OUTCOME_UNKNOWN", why: string, cause?: unknown): void {
    if (question.ended) return;
    this.#close(question);
    question.reject(new AppError(code, why, cause === undefined ? {} : { cause }));
  }

  #failFrom(first: number, count: number, code: "UNAVAILABLE" | "OUTCOME_UNKNOWN", why: string, cause?: unknown): void {
    for (let i = 0, number = first; i < count; i++, number = next(number)) {
      const question = this.#open.get(number);
      if (question !== undefined) this.#fail(question, code, `${question.subject}: ${why}`, cause);
    }
  }

  /** What has not left certainly did not arrive. */
  #failAll(code: "UNAVAILABLE" | "OUTCOME_UNKNOWN", why: string, cause?: unknown): void {
    for (const { questions } of this.#leaving.values()) {
      for (const question of questions) this.#fail(question, "UNAVAILABLE", why, cause);
    }
    this.#leaving.clear();
    for (const question of this.#open.values()) this.#fail(question, code, why, cause);
  }

  /** Hears of what the server refuses to pass on, and of connections over which no answer will come. */
  async #watch(): Promise<void> {
    for await (const status of this.#nats.connection.status()) {
      if (status.type === "disconnect") this.#failAll("OUTCOME_UNKNOWN", "NATS was lost");
      if (status.type !== "error" || !(status.error instanceof PermissionViolationError)) continue;
      const { error } = status;
      for (const question of this.#open.values()) {
        if (error.operation === "publish" && error.subject === question.subject)
          this.#fail(question, "UNAVAILABLE", `${question.subject}: ${error.message}`, error);
      }
    }
    this.#failAll("OUTCOME_UNKNOWN", "the connection to NATS was closed");
  }
}
