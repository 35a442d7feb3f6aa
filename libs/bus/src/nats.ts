import { AppError } from "@guildhall/kernel";
import type { Nats } from "@guildhall/nats";
import { headers, type Msg, type MsgHdrs, type Subscription as NatsSubscription, RequestError } from "nats";
import type { Bus, BusMessage, Subscription } from "./bus.ts";

/** Set on the reply of an answerer that failed. */
const FAILED_HEADER = "Guildhall-Failed";
/** Questions of this process without an answer yet. At the bound more are refused with UNAVAILABLE. */
const OPEN_MAX = 100_000;

type Listener = { readonly onMessage: (message: BusMessage) => void; live: boolean };
type Answerer = { readonly onQuestion: (data: Uint8Array) => Promise<Uint8Array> };

/** A bus over core NATS. `onError` hears of handlers that threw, of answerers that failed and of lost subscriptions. */
export function natsBus(nats: Nats, onError: (error: unknown) => void): Bus {
  return new NatsBus(nats, onError);
}

class NatsBus implements Bus {
  readonly #nats: Nats;
  readonly #onError: (error: unknown) => void;
  /** One subscription a subject, shared by its listeners. */
  readonly #listeners = new Map<string, { readonly from: NatsSubscription; readonly all: Set<Listener> }>();
  readonly #answerers = new Map<string, { readonly from: NatsSubscription; by: Answerer }>();
  /** Rejects every question under way. */
  readonly #open = new Set<(error: AppError) => void>();
  #closed = false;

  constructor(nats: Nats, onError: (error: unknown) => void) {
    this.#nats = nats;
    this.#onError = onError;
  }

  publish(subject: string, data: Uint8Array): void {
    this.#admit(data.length);
    // The library keeps what it is given until it writes; the buffer is the caller's again at once.
    this.#nats.connection.publish(subject, data.slice());
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
    await this.#inForce();
    return { stop: () => this.#stop(subject, listener) };
  }

  async request(subject: string, data: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    if (this.#open.size >= OPEN_MAX) throw new AppError("UNAVAILABLE", `${OPEN_MAX} questions are open`);
    this.#admit(data.length);
    const asked = this.#nats.connection.request(subject, data.slice(), { timeout: timeoutMs });
    const message = await this.#untilClosed(asked).catch((error: unknown) => {
      throw failureOf(subject, error);
    });
    if (message.headers?.has(FAILED_HEADER) === true) {
      throw new AppError("OUTCOME_UNKNOWN", `answerer of ${subject} failed`);
    }
    return message.data;
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
      this.#answerers.set(subject, { from, by });
      await this.#inForce();
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
    for (const { from } of this.#listeners.values()) from.unsubscribe();
    for (const { from } of this.#answerers.values()) from.unsubscribe();
    this.#listeners.clear();
    this.#answerers.clear();
    for (const reject of this.#open) reject(new AppError("OUTCOME_UNKNOWN", "bus was closed"));
  }

  #admit(bytes: number): void {
    if (this.#closed) throw new AppError("UNAVAILABLE", "bus is closed");
    this.#nats.admit(bytes);
  }

  /** Resolves when the server has had what was sent before: a subscription is in force then. */
  async #inForce(): Promise<void> {
    try {
      await this.#nats.connection.flush();
    } catch (cause) {
      throw new AppError("UNAVAILABLE", "NATS was lost", { cause });
    }
  }

  #untilClosed(asked: Promise<Msg>): Promise<Msg> {
    return new Promise((resolve, reject) => {
      const end = (error: AppError): void => reject(error);
      this.#open.add(end);
      asked.then(resolve, reject).finally(() => this.#open.delete(end));
    });
  }

  #stop(subject: string, listener: Listener): void {
    listener.live = false;
    const shared = this.#listeners.get(subject);
    if (shared === undefined || !shared.all.delete(listener) || shared.all.size > 0) return;
    shared.from.unsubscribe();
    this.#listeners.delete(subject);
  }

  #deliver(subject: string, all: ReadonlySet<Listener>, error: Error | null, message: Msg): void {
    if (error !== null) return this.#onError(error);
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
    if (error !== null) return this.#onError(error);
    const current = this.#answerers.get(subject);
    if (current === undefined) return this.#respond(message, new Uint8Array(), headers(503, "No Responders"));
    // Never rejects: both ways out are handled inside.
    void this.#answerWith(current.by, message);
  }

  async #answerWith(answerer: Answerer, message: Msg): Promise<void> {
    try {
      const answer = await answerer.onQuestion(message.data);
      this.#respond(message, answer.slice());
    } catch (thrown) {
      this.#onError(thrown);
      const failed = headers();
      failed.set(FAILED_HEADER, "1");
      this.#respond(message, new Uint8Array(), failed);
    }
  }

  /** An answer that cannot be sent is an answer that was lost: the asker's timeout tells it. */
  #respond(message: Msg, answer: Uint8Array, marked?: MsgHdrs): void {
    try {
      this.#nats.admit(answer.length);
      message.respond(answer, marked === undefined ? {} : { headers: marked });
    } catch (error) {
      this.#onError(error);
    }
  }
}

/** Nobody there is certain; anything else may have been carried out. */
function failureOf(subject: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof RequestError && error.isNoResponders()) {
    return new AppError("UNAVAILABLE", `nobody answers ${subject}`, { cause: error });
  }
  return new AppError("OUTCOME_UNKNOWN", `no answer on ${subject}`, { cause: error });
}
