import { AppError } from "@guildhall/kernel";
import type { Nats } from "@guildhall/nats";
import { type Msg, PermissionViolationError } from "nats";

/** Questions of this process without an answer yet. At the bound more are refused with UNAVAILABLE. */
const OPEN_MAX = 100_000;
/** How the server says that nobody listens. */
const NO_RESPONDERS = 503;

type Question = {
  readonly subject: string;
  readonly resolve: (answer: Msg) => void;
  readonly reject: (error: AppError) => void;
  readonly timer: NodeJS.Timeout;
};

/**
 * Questions over one connection, answered at one place of ours. The library's own requests take several stacks and
 * timers each, which is most of what a question costs.
 */
export class NatsQuestions {
  readonly #nats: Nats;
  readonly #open = new Map<string, Question>();
  /** Where answers come; each question adds its number. Undefined while the server is not asked to bring them. */
  #inbox: { readonly subject: string; readonly stop: () => void } | undefined;
  #number = 0;

  constructor(nats: Nats) {
    this.#nats = nats;
    // Ends with the connection.
    void this.#watch();
  }

  /**
   * Resolves with the answer. Rejects with AppError: `UNAVAILABLE` where nobody listens or we have no right to ask,
   * which is certain; `OUTCOME_UNKNOWN` where none came in time.
   */
  ask(subject: string, data: Uint8Array, timeoutMs: number): Promise<Msg> {
    if (this.#open.size >= OPEN_MAX) throw new AppError("UNAVAILABLE", `${OPEN_MAX} questions are open`);
    this.#inbox ??= this.#listen();
    const token = (this.#number++).toString(36);
    const reply = `${this.#inbox.subject}.${token}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#fail(token, "OUTCOME_UNKNOWN", `no answer on ${subject}`), timeoutMs);
      this.#open.set(token, { subject, resolve, reject, timer });
      try {
        this.#nats.connection.publish(subject, data, { reply });
      } catch (cause) {
        this.#fail(token, "UNAVAILABLE", `${subject} cannot be asked`, cause);
      }
    });
  }

  /** Answers every question under way with OUTCOME_UNKNOWN. */
  close(why: string): void {
    this.#inbox?.stop();
    this.#inbox = undefined;
    this.#failAll("OUTCOME_UNKNOWN", why);
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
    const question = this.#open.get(token);
    // Its time was up.
    if (question === undefined) return;
    if (message.data.length === 0 && message.headers?.code === NO_RESPONDERS)
      return this.#fail(token, "UNAVAILABLE", `nobody answers ${question.subject}`);
    this.#open.delete(token);
    clearTimeout(question.timer);
    question.resolve(message);
  }

  #fail(token: string, code: "UNAVAILABLE" | "OUTCOME_UNKNOWN", why: string, cause?: unknown): void {
    const question = this.#open.get(token);
    if (question === undefined) return;
    this.#open.delete(token);
    clearTimeout(question.timer);
    question.reject(new AppError(code, why, cause === undefined ? {} : { cause }));
  }

  #failAll(code: "UNAVAILABLE" | "OUTCOME_UNKNOWN", why: string, cause?: unknown): void {
    for (const token of this.#open.keys()) this.#fail(token, code, why, cause);
  }

  /** Hears of what the server refuses to pass on. */
  async #watch(): Promise<void> {
    for await (const status of this.#nats.connection.status()) {
      if (status.type !== "error" || !(status.error instanceof PermissionViolationError)) continue;
      const { error } = status;
      for (const [token, { subject }] of this.#open) {
        if (error.operation === "publish" && error.subject === subject)
          this.#fail(token, "UNAVAILABLE", `${subject}: ${error.message}`, error);
      }
    }
    this.#failAll("OUTCOME_UNKNOWN", "the connection to NATS was closed");
  }
}
