import { connect, type Socket } from "node:net";
import type { Question } from "@guildhall/proto";
import { encodeFrames, FRAME_MAX_BYTES, FrameDecoder } from "./framing.ts";
import { CALL, decodeReply, encodeRequest, numberAfter, questionBody } from "./messages.ts";
import { CHECKS_MAX } from "./permit.ts";

/** Requests that are not yet answered. More get no answer, at once. */
export const IN_FLIGHT_MAX = 4_096;
/** Bytes written and not yet taken by a server that reads slowly. Beyond it a request gets no answer, at once. */
const UNSENT_MAX_BYTES = 1024 * 1024;
const RECONNECT_MIN_MS = 50;
const RECONNECT_MAX_MS = 2_000;

type Waiting = { readonly resolve: (body: unknown) => void; readonly untilMs: number };

/**
 * Requests and replies on one connection at a time. `ask` resolves with the body of the reply, or with
 * undefined when there is none: timed out, too many in flight, connection lost, closed. It never rejects.
 * What is asked within one turn goes out in one write, and its checks in one frame as far as they fit.
 */
export class Pipeline {
  readonly #path: string;
  readonly #timeoutMs: number;
  /** By request number, oldest first; all wait equally long, so the first is the first to time out. */
  readonly #waiting = new Map<number, Waiting>();
  #unsent: Uint8Array[] = [];
  #unsentBytes = 0;
  /** Checks that have no frame yet, under the numbers from `#firstCheck` on; at most CHECKS_MAX. */
  #checks: unknown[] = [];
  #firstCheck = 0;
  #flushing = false;
  #socket: Socket | undefined;
  #connected = false;
  #closed = false;
  #next = 0;
  #backoffMs = RECONNECT_MIN_MS;
  #reconnect: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;

  constructor(path: string, timeoutMs: number) {
    this.#path = path;
    this.#timeoutMs = timeoutMs;
    this.#connect();
  }

  /** `encode` is given the request's number. What it throws counts as no answer. */
  ask(encode: (n: number) => Uint8Array): Promise<unknown> {
    return new Promise((resolve) => {
      if (!this.#hasRoom()) return resolve(undefined);
      // The numbers of checks in one frame follow on each other.
      this.#frameChecks();
      const payload = encoded(() => encode(this.#next));
      if (payload === undefined) return resolve(undefined);
      this.#push(payload);
      this.#await(resolve);
    });
  }

  /** Asks one question. Resolves with the body of the answer, as `ask`. */
  check(question: Question): Promise<unknown> {
    return new Promise((resolve) => {
      const body = this.#hasRoom() ? bodyOf(question) : undefined;
      if (body === undefined) return resolve(undefined);
      if (this.#checks.length === 0) this.#firstCheck = this.#next;
      this.#checks.push(body);
      if (this.#checks.length === CHECKS_MAX) this.#frameChecks();
      this.#await(resolve);
    });
  }

  #hasRoom(): boolean {
    const backlogBytes = this.#unsentBytes + (this.#socket?.writableLength ?? 0);
    return !this.#closed && this.#waiting.size < IN_FLIGHT_MAX && backlogBytes <= UNSENT_MAX_BYTES;
  }

  #await(resolve: (body: unknown) => void): void {
    this.#waiting.set(this.#next, { resolve, untilMs: performance.now() + this.#timeoutMs });
    this.#next = numberAfter(this.#next, 1);
    this.#deadline ??= setTimeout(this.#expire, this.#timeoutMs);
    this.#flushSoon();
  }

  #push(payload: Uint8Array): void {
    this.#unsent.push(payload);
    this.#unsentBytes += payload.length;
  }

  /** Puts the checks that have gathered into a frame; each into its own where they do not go into one. */
  #frameChecks(): void {
    const bodies = this.#checks;
    if (bodies.length === 0) return;
    this.#checks = [];
    const first = this.#firstCheck;
    const all = bodies.length === 1 ? undefined : encoded(() => encodeRequest(first, CALL.checks, bodies));
    if (all !== undefined) return this.#push(all);
    for (const [place, body] of bodies.entries()) {
      const n = numberAfter(first, place);
      const payload = encoded(() => encodeRequest(n, CALL.check, body));
      if (payload === undefined) this.#settle(n, undefined);
      else this.#push(payload);
    }
  }

  /** Everything that waits gets no answer. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#reconnect);
    this.#socket?.destroy();
    this.#dropAll();
  }

  #connect(): void {
    const socket = connect(this.#path);
    const decoder = new FrameDecoder((payload) => this.#replied(payload));
    this.#socket = socket;
    socket.on("connect", () => {
      this.#connected = true;
      this.#flushSoon();
    });
    socket.on("data", (chunk) => {
      try {
        decoder.push(chunk);
        this.#backoffMs = RECONNECT_MIN_MS;
      } catch {
        // Where one reply cannot be read, the ones behind it cannot be trusted: start over.
        socket.destroy();
      }
    });
    // A lost connection is told by "close", which follows.
    socket.on("error", () => {});
    socket.on("close", () => this.#lost());
  }

  #lost(): void {
    const sent = this.#connected;
    this.#connected = false;
    this.#socket = undefined;
    if (sent) this.#dropAll();
    if (this.#closed) return;
    this.#reconnect = setTimeout(() => this.#connect(), this.#backoffMs * (0.5 + Math.random() / 2));
    this.#backoffMs = Math.min(this.#backoffMs * 2, RECONNECT_MAX_MS);
  }

  #flushSoon(): void {
    if (this.#flushing || !this.#connected || this.#unsent.length + this.#checks.length === 0) return;
    this.#flushing = true;
    setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    this.#flushing = false;
    if (!this.#connected) return;
    this.#frameChecks();
    if (this.#unsent.length === 0) return;
    this.#socket?.write(encodeFrames(this.#unsent));
    this.#unsent = [];
    this.#unsentBytes = 0;
  };

  #replied(payload: Uint8Array): void {
    const { n, body, many } = decodeReply(payload);
    if (!many) return this.#settle(n, body);
    for (const [place, one] of (body as readonly unknown[]).entries()) {
      // What is not answered yet is answered by itself.
      if (one !== null) this.#settle(numberAfter(n, place), one);
    }
  }

  #settle(n: number, body: unknown): void {
    const waiting = this.#waiting.get(n);
    // One that timed out is no longer waited for.
    if (waiting === undefined) return;
    this.#waiting.delete(n);
    waiting.resolve(body);
  }

  readonly #expire = (): void => {
    this.#deadline = undefined;
    const nowMs = performance.now();
    for (const [n, waiting] of this.#waiting) {
      if (waiting.untilMs > nowMs) {
        this.#deadline = setTimeout(this.#expire, waiting.untilMs - nowMs);
        return;
      }
      this.#waiting.delete(n);
      waiting.resolve(undefined);
    }
    // Nobody waits any more for what was never sent.
    this.#checks = [];
    this.#unsent = [];
    this.#unsentBytes = 0;
  };

  #dropAll(): void {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#checks = [];
    this.#unsent = [];
    this.#unsentBytes = 0;
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
    for (const waiting of all) waiting.resolve(undefined);
  }
}

function encoded(encode: () => Uint8Array): Uint8Array | undefined {
  try {
    const payload = encode();
    return payload.length > FRAME_MAX_BYTES ? undefined : payload;
  } catch {
    // A question that cannot be written down is none that could be answered.
    return undefined;
  }
}

function bodyOf(question: Question): unknown {
  try {
    return questionBody(question);
  } catch {
    // As in `encoded`.
    return undefined;
  }
}
