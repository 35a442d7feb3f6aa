import { connect, type Socket } from "node:net";
import { encodeFrames, FRAME_MAX_BYTES, FrameDecoder } from "./framing.ts";
import { decodeReply } from "./messages.ts";

/** Requests that are not yet answered. More get no answer, at once. */
export const IN_FLIGHT_MAX = 4_096;
/** Bytes written and not yet taken by a server that reads slowly. Beyond it a request gets no answer, at once. */
const UNSENT_MAX_BYTES = 1024 * 1024;
const RECONNECT_MIN_MS = 50;
const RECONNECT_MAX_MS = 2_000;

/** A request number is an unsigned 32-bit integer; it starts over after the last. */
const NUMBERS = 2 ** 32;

type Waiting = { readonly resolve: (body: unknown) => void; readonly untilMs: number };

/**
 * Requests and replies on one connection at a time. `ask` resolves with the body of the reply, or with
 * undefined when there is none: timed out, too many in flight, connection lost, closed. It never rejects.
 * What is asked within one turn goes out in one write.
 */
export class Pipeline {
  readonly #path: string;
  readonly #timeoutMs: number;
  /** By request number, oldest first; all wait equally long, so the first is the first to time out. */
  readonly #waiting = new Map<number, Waiting>();
  #unsent: Uint8Array[] = [];
  #unsentBytes = 0;
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
      const backlogBytes = this.#unsentBytes + (this.#socket?.writableLength ?? 0);
      if (this.#closed || this.#waiting.size >= IN_FLIGHT_MAX || backlogBytes > UNSENT_MAX_BYTES) {
        resolve(undefined);
        return;
      }
      const n = this.#next;
      this.#next = (n + 1) % NUMBERS;
      const payload = encoded(encode, n);
      if (payload === undefined) {
        resolve(undefined);
        return;
      }
      this.#waiting.set(n, { resolve, untilMs: performance.now() + this.#timeoutMs });
      this.#deadline ??= setTimeout(this.#expire, this.#timeoutMs);
      this.#unsent.push(payload);
      this.#unsentBytes += payload.length;
      this.#flushSoon();
    });
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
    if (this.#flushing || !this.#connected || this.#unsent.length === 0) return;
    this.#flushing = true;
    setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    this.#flushing = false;
    if (!this.#connected || this.#unsent.length === 0) return;
    this.#socket?.write(encodeFrames(this.#unsent));
    this.#unsent = [];
    this.#unsentBytes = 0;
  };

  #replied(payload: Uint8Array): void {
    const { n, body } = decodeReply(payload);
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
    this.#unsent = [];
    this.#unsentBytes = 0;
  };

  #dropAll(): void {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#unsent = [];
    this.#unsentBytes = 0;
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
    for (const waiting of all) waiting.resolve(undefined);
  }
}

function encoded(encode: (n: number) => Uint8Array, n: number): Uint8Array | undefined {
  try {
    const payload = encode(n);
    return payload.length > FRAME_MAX_BYTES ? undefined : payload;
  } catch {
    // A question that cannot be written down is none that could be answered.
    return undefined;
  }
}
