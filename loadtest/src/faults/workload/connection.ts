import {
  CLIENT_FRAME,
  type ClientFrame,
  type Encoding,
  type ErrFrame,
  type OkFrame,
  SERVER_FRAME,
  type ServerFrame,
} from "@guildhall/proto";
import { type FrameSocket, frameSocket } from "@guildhall/testkit";

/** A request that is not answered for this long has no known outcome. */
const ANSWER_MAX_MS = 15_000;
const LOOK_EVERY_MS = 1_000;
/** Sent this often, so that no server takes the connection for a silent one. */
const PING_EVERY_MS = 10_000;

/** What became of a request; `lost`: no answer will come. */
export type Answer = OkFrame | ErrFrame | "lost";

export type ConnectionEvents = {
  /** Every frame that answers nothing. */
  readonly onFrame: (frame: ServerFrame) => void;
  readonly onClose: (code: number) => void;
};

type Waiting = { readonly sinceMs: number; readonly settle: (answer: Answer) => void };

/** One connection to the gateway: requests, each with its answer, and what else comes. */
export class Connection {
  readonly #waiting = new Map<number, Waiting>();
  readonly #timer: NodeJS.Timeout;
  #socket: FrameSocket | undefined;
  #request = 0;
  #pingedMs = performance.now();

  private constructor() {
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** @throws Error where there is no connection. */
  static async open(
    url: string,
    { onFrame, onClose }: ConnectionEvents,
    encoding: Encoding = "msgpack",
  ): Promise<Connection> {
    const connection = new Connection();
    try {
      connection.#socket = await frameSocket(url, encoding, {
        onFrame: (frame) => connection.#take(frame, onFrame),
        onClose: (code) => {
          connection.#ended();
          onClose(code);
        },
      });
    } catch (error) {
      clearInterval(connection.#timer);
      throw error;
    }
    return connection;
  }

  /** Requests that wait for their answers. */
  get inFlight(): number {
    return this.#waiting.size;
  }

  /** Sends a request; `settle` is called once, in the turn that brings the answer, and never in this one. */
  request(frame: (i: number) => ClientFrame, settle: (answer: Answer) => void): void {
    const i = ++this.#request;
    this.#waiting.set(i, { sinceMs: performance.now(), settle });
    this.#socket?.send(frame(i));
  }

  ask(frame: (i: number) => ClientFrame): Promise<Answer> {
    return new Promise((resolve) => this.request(frame, resolve));
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  cut(): void {
    this.#socket?.cut();
  }

  #take(frame: ServerFrame, onFrame: (frame: ServerFrame) => void): void {
    if (frame.t !== SERVER_FRAME.ok && frame.t !== SERVER_FRAME.err) return onFrame(frame);
    const answer = frame as OkFrame | ErrFrame;
    const waiting = answer.i === undefined ? undefined : this.#waiting.get(answer.i);
    if (waiting === undefined || answer.i === undefined) return onFrame(frame);
    this.#waiting.delete(answer.i);
    waiting.settle(answer);
  }

  #look(): void {
    const nowMs = performance.now();
    for (const [i, { sinceMs, settle }] of this.#waiting) {
      if (nowMs - sinceMs < ANSWER_MAX_MS) continue;
      this.#waiting.delete(i);
      settle("lost");
    }
    if (nowMs - this.#pingedMs < PING_EVERY_MS) return;
    this.#pingedMs = nowMs;
    this.#socket?.send({ t: CLIENT_FRAME.ping });
  }

  #ended(): void {
    clearInterval(this.#timer);
    for (const { settle } of this.#waiting.values()) settle("lost");
    this.#waiting.clear();
  }
}

/** The `d` of an answer that says `ok`; nothing of any other. */
export function okOf(answer: Answer): { readonly d: unknown } | undefined {
  return answer !== "lost" && answer.t === SERVER_FRAME.ok ? { d: (answer as OkFrame).d } : undefined;
}
