import { AppError } from "@guildhall/kernel";
import type { Nats } from "@guildhall/nats";
import type { Msg, Subscription as NatsSubscription } from "nats";
import type { Bus, BusMessage, Subscription } from "./bus.ts";
import { NatsAnswers } from "./nats-answers.ts";
import { NatsQuestions } from "./nats-questions.ts";
import { ANSWER, type AnswerKind, type BatchedQuestion, decodeQuestions } from "./question-batch.ts";

const NOTHING = new Uint8Array();

type Listener = { readonly onMessage: (message: BusMessage) => void; live: boolean };
/** What the server is asked to bring on one subject; `lost` is why it does not. */
type Subscribed = { readonly from: NatsSubscription; lost?: Error };
type Answerer = { readonly onQuestion: (data: Uint8Array) => Promise<Uint8Array> };

/** A bus over core NATS. `onError` hears of handlers that threw, of answerers that failed and of lost subscriptions. */
export function natsBus(nats: Nats, onError: (error: unknown) => void): Bus {
  return new NatsBus(nats, onError);
}

class NatsBus implements Bus {
  readonly #nats: Nats;
  readonly #onError: (error: unknown) => void;
  /** One subscription a subject, shared by its listeners. */
  readonly #listeners = new Map<string, Subscribed & { readonly all: Set<Listener> }>();
  readonly #answerers = new Map<string, Subscribed & { by: Answerer }>();
  readonly #questions: NatsQuestions;
  readonly #answers: NatsAnswers;
  #closed = false;

  constructor(nats: Nats, onError: (error: unknown) => void) {
    this.#nats = nats;
    this.#questions = new NatsQuestions(nats, onError);
    this.#answers = new NatsAnswers(nats, onError);
    this.#onError = onError;
  }

  publish(subject: string, data: Uint8Array): void {
    this.#admit(data.length);
    this.#nats.connection.publish(subject, data);
  }

  async subscribe(subject: string, onMessage: (message: BusMessage) => void): Promise<Subscription> {
    this.#admit(0);
    const listener: Listener = { onMessage, live: true };
    let shared = this.#listeners.get(subject);
    if (shared === undefined) {
      const all = new Set<Listener>();
      const from = this.#nats.connection.subscribe(subject, {
        callback: (error, message) => this.#deliver(subject, all, error, message),
      });
      shared = { from, all };
      this.#listeners.set(subject, shared);
    }
    shared.all.add(listener);
    await this.#inForce(subject, shared);
    return { stop: () => this.#stop(subject, listener) };
  }

  async request(subject: string, data: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    this.#admit(data.length);
    return await this.#questions.ask(subject, data, timeoutMs);
  }

  async answer(subject: string, onQuestion: (data: Uint8Array) => Promise<Uint8Array>): Promise<Subscription> {
    this.#admit(0);
    const by: Answerer = { onQuestion };
    const known = this.#answerers.get(subject);
    if (known !== undefined) known.by = by;
    else {
      const from = this.#nats.connection.subscribe(subject, {
        callback: (error, message) => this.#asked(subject, error, message),
      });
      const made = { from, by };
      this.#answerers.set(subject, made);
      await this.#inForce(subject, made);
    }
    return {
      stop: () => {
        const current = this.#answerers.get(subject);
        if (current?.by !== by) return;
        this.#answerers.delete(subject);
        // What is on its way already still arrives. A connection that is lost meanwhile has lost that too.
        current.from.drain().catch(() => {});
      },
    };
  }

  /** Leaves the connection to who made it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#answers.flush();
    for (const { from } of this.#listeners.values()) from.unsubscribe();
    for (const { from } of this.#answerers.values()) from.unsubscribe();
    this.#listeners.clear();
    this.#answerers.clear();
    this.#questions.close("bus was closed");
  }

  #admit(bytes: number): void {
    if (this.#closed) throw new AppError("UNAVAILABLE", "bus is closed");
    this.#nats.admit(bytes);
  }

  /** Resolves when the server has had what was sent before: a subscription is in force then, or it was refused. */
  async #inForce(subject: string, subscribed: Subscribed): Promise<void> {
    try {
      await this.#nats.connection.flush();
    } catch (cause) {
      throw new AppError("UNAVAILABLE", "NATS was lost", { cause });
    }
    const { lost } = subscribed;
    if (lost !== undefined) throw new AppError("UNAVAILABLE", `${subject}: ${lost.message}`, { cause: lost });
  }

  #stop(subject: string, listener: Listener): void {
    listener.live = false;
    const shared = this.#listeners.get(subject);
    if (shared === undefined || !shared.all.delete(listener) || shared.all.size > 0) return;
    shared.from.unsubscribe();
    this.#listeners.delete(subject);
  }

  /** The library has closed the subscription: the next one to the subject is a new one. */
  #lose(from: Map<string, Subscribed>, subject: string, error: Error): void {
    const subscribed = from.get(subject);
    if (subscribed !== undefined) subscribed.lost = error;
    from.delete(subject);
    this.#onError(error);
  }

  #deliver(subject: string, all: ReadonlySet<Listener>, error: Error | null, message: Msg): void {
    if (error !== null) return this.#lose(this.#listeners, subject, error);
    const given: BusMessage = { subject, data: message.data };
    for (const listener of all) {
      if (!listener.live || this.#closed) continue;
      try {
        listener.onMessage(given);
      } catch (thrown) {
        this.#onError(thrown);
      }
    }
  }

  #asked(subject: string, error: Error | null, message: Msg): void {
    if (error !== null) return this.#lose(this.#answerers, subject, error);
    try {
      // Each is looked up by itself: an answerer may stop over the one before.
      for (const question of decodeQuestions(message.data)) {
        const current = this.#answerers.get(subject);
        if (current === undefined) this.#answer(message, question, ANSWER.nobody, NOTHING);
        // Never rejects: both ways out are handled inside.
        else void this.#answerWith(current.by, message, question);
      }
    } catch (malformed) {
      this.#onError(malformed);
    }
  }

  async #answerWith(answerer: Answerer, message: Msg, question: BatchedQuestion): Promise<void> {
    try {
      this.#answer(message, question, ANSWER.answered, await answerer.onQuestion(question.data));
    } catch (thrown) {
      this.#onError(thrown);
      this.#answer(message, question, ANSWER.failed, NOTHING);
    }
  }

  #answer(message: Msg, { number }: BatchedQuestion, kind: AnswerKind, data: Uint8Array): void {
    if (!this.#closed) this.#answers.add(message, { number, kind, data });
  }
}
