import { AppError } from "@guildhall/kernel";
import type { Bus, BusMessage, Subscription } from "./bus.ts";
import { Deadlines } from "./deadlines.ts";

/** Messages and questions not yet delivered. At the bound both are refused with UNAVAILABLE. */
const QUEUED_MAX = 100_000;

type Listener = { readonly onMessage: (message: BusMessage) => void; live: boolean };
type Answerer = { readonly onQuestion: (data: Uint8Array) => Promise<Uint8Array> };
type Question = {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly resolve: (answer: Uint8Array) => void;
  readonly reject: (error: AppError) => void;
  readonly timeoutMs: number;
  /** An answerer has it: from here on it may have happened. */
  asked: boolean;
};
type Publication = { readonly message: BusMessage; readonly listeners: readonly Listener[] };

/** A bus within one process. `onError` hears of handlers that threw and of answerers that failed. */
export function memoryBus(onError: (error: unknown) => void): Bus {
  return new MemoryBus(onError);
}

class MemoryBus implements Bus {
  readonly #onError: (error: unknown) => void;
  /** Never changed in place: a publication keeps the list of its moment. */
  readonly #listeners = new Map<string, readonly Listener[]>();
  readonly #answerers = new Map<string, Answerer>();
  /** Questions without an answer yet. */
  readonly #open = new Deadlines<Question>(({ subject, reject }, timeoutMs) =>
    reject(new AppError("OUTCOME_UNKNOWN", `no answer on ${subject} in ${timeoutMs} ms`)),
  );
  /** One line for messages and questions, which keeps their order. Emptied in one turn of the event loop. */
  #queue: (Publication | Question)[] = [];
  /** What is in `#queue` and what of the turn under way is not delivered yet. */
  #queued = 0;
  #scheduled = false;
  #closed = false;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  publish(subject: string, data: Uint8Array): void {
    this.#admit();
    const listeners = this.#listeners.get(subject);
    if (listeners === undefined) return;
    this.#enqueue({ message: { subject, data }, listeners });
  }

  async subscribe(subject: string, onMessage: (message: BusMessage) => void): Promise<Subscription> {
    this.#admit();
    const listener: Listener = { onMessage, live: true };
    this.#listeners.set(subject, [...(this.#listeners.get(subject) ?? []), listener]);
    return { stop: () => this.#stop(subject, listener) };
  }

  request(subject: string, data: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#admit();
      if (!this.#answerers.has(subject)) throw nobody(subject);
      const question: Question = { subject, data, resolve, reject, timeoutMs, asked: false };
      this.#open.add(question, timeoutMs);
      this.#enqueue(question);
    });
  }

  async answer(subject: string, onQuestion: (data: Uint8Array) => Promise<Uint8Array>): Promise<Subscription> {
    this.#admit();
    const answerer: Answerer = { onQuestion };
    this.#answerers.set(subject, answerer);
    return {
      stop: () => {
        if (this.#answerers.get(subject) === answerer) this.#answerers.delete(subject);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#queue = [];
    this.#listeners.clear();
    this.#answerers.clear();
    for (const { asked, reject } of this.#open.clear()) {
      reject(new AppError(asked ? "OUTCOME_UNKNOWN" : "UNAVAILABLE", "bus was closed"));
    }
  }

  #admit(): void {
    if (this.#closed) throw new AppError("UNAVAILABLE", "bus is closed");
    if (this.#queued >= QUEUED_MAX) throw new AppError("UNAVAILABLE", `${QUEUED_MAX} messages are queued`);
  }

  #stop(subject: string, listener: Listener): void {
    listener.live = false;
    const rest = (this.#listeners.get(subject) ?? []).filter((other) => other !== listener);
    if (rest.length === 0) this.#listeners.delete(subject);
    else this.#listeners.set(subject, rest);
  }

  #enqueue(item: Publication | Question): void {
    this.#queue.push(item);
    this.#queued++;
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#drain());
  }

  /** Delivers what was queued when it began; what handlers add waits for the next turn, so that sockets get theirs. */
  #drain(): void {
    const burst = this.#queue;
    this.#queue = [];
    this.#scheduled = false;
    for (const item of burst) {
      this.#queued--;
      if (this.#closed) continue;
      if ("message" in item) this.#deliver(item);
      else this.#ask(item);
    }
  }

  #deliver({ message, listeners }: Publication): void {
    for (const listener of listeners) {
      if (!listener.live || this.#closed) continue;
      try {
        listener.onMessage(message);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  #ask(question: Question): void {
    if (!this.#open.has(question, question.timeoutMs)) return;
    const answerer = this.#answerers.get(question.subject);
    if (answerer === undefined) {
      this.#settle(question);
      question.reject(nobody(question.subject));
      return;
    }
    question.asked = true;
    // Never rejects: both ways out are handled inside.
    void this.#answerWith(answerer, question);
  }

  async #answerWith(answerer: Answerer, question: Question): Promise<void> {
    try {
      const answer = await answerer.onQuestion(question.data);
      if (this.#settle(question)) question.resolve(answer);
    } catch (cause) {
      this.#onError(cause);
      if (this.#settle(question)) {
        question.reject(new AppError("OUTCOME_UNKNOWN", `answerer of ${question.subject} failed`, { cause }));
      }
    }
  }

  /** Whether the question was still open. */
  #settle(question: Question): boolean {
    return this.#open.delete(question, question.timeoutMs);
  }
}

function nobody(subject: string): AppError {
  return new AppError("UNAVAILABLE", `nobody answers ${subject}`);
}
