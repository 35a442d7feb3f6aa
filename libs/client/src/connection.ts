import { AppError } from "@guildhall/kernel";
import type { ClientFrame, Encoding, HelloFrame, ServerFrame, WelcomeFrame } from "@guildhall/proto";
import { CLIENT_FRAME, LIMITS, SERVER_FRAME, SUBPROTOCOL } from "@guildhall/proto/tables";
import { clientCodecFor } from "@guildhall/wire/client";
import { errorFrom, GuildhallError } from "./errors.ts";
import type { Socket, SocketFactory } from "./socket.ts";

/** From dialling to `welcome`. */
const WELCOME_MAX_MS = 10_000;
/** From a ping to any frame. */
const PONG_MAX_MS = 10_000;
/** The socket's own close handshake may take this long; then it counts as closed. */
const CLOSE_MAX_MS = 2_000;
/** The time in which the server counts `lim.rate` frames. */
const RATE_MS = 10_000;
/** Of those, this share is left for frames that do not wait, and for frames that come closer together than they left. */
const RATE_RESERVE = 0.1;
const REQUEST_ID_MAX = 0xffff_ffff;
/** Close code of ours for a server that fell silent or sends what cannot be read. */
const GIVE_UP = 4002;

export type Close = { readonly code: number; readonly reason: string };

/** A request whose answer did not come: it may or may not have been carried out. */
export class Unanswered extends Error {
  override readonly name = "Unanswered";
}

export type ConnectionEvents = {
  readonly onWelcome: (welcome: WelcomeFrame) => void;
  /** All replays of `hello` have been sent; `d` of its answer. */
  readonly onResumed: (d: unknown) => void;
  /** Frames that answer nothing, in order. */
  readonly onFrame: (frame: ServerFrame) => void;
  readonly onUndecodable: (detail: string) => void;
  /** Once. `error` is what `hello` was refused with. */
  readonly onClosed: (close: Close, error: GuildhallError | undefined) => void;
};

type Options = {
  readonly url: string;
  readonly encoding: Encoding;
  readonly socket: SocketFactory;
  readonly random: () => number;
};
type Waiting = {
  readonly resolve: (d: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: ReturnType<typeof setTimeout>;
};

/** One WebSocket from dialling to its end: greets, pairs answers with requests, keeps the heartbeat. */
export class Connection {
  readonly #options: Options;
  readonly #events: ConnectionEvents;
  readonly #codec;
  readonly #waiting = new Map<number, Waiting>();
  #socket: Socket | undefined;
  #nextId = 1;
  #helloId = 0;
  #helloError: GuildhallError | undefined;
  /** Frames that requests may be, in RATE_MS and at once; 0: any number. */
  #rate = 0;
  /** When there will be room for that many at once. */
  #rateFullAtMs = 0;
  #heldUntilMs = 0;
  #lastSentMs = 0;
  #lastReceivedMs = 0;
  #welcomeTimer: ReturnType<typeof setTimeout> | undefined;
  #beatTimer: ReturnType<typeof setTimeout> | undefined;
  #pongTimer: ReturnType<typeof setTimeout> | undefined;
  #beatMs = 0;
  #closed = false;
  #resumed = false;
  #retiring = false;

  constructor(options: Options, events: ConnectionEvents) {
    this.#options = options;
    this.#events = events;
    this.#codec = clientCodecFor(options.encoding);
  }

  get open(): boolean {
    return this.#socket !== undefined && !this.#closed;
  }

  /** How long until the server will take another request, ms. */
  get fullForMs(): number {
    const nowMs = Date.now();
    const spreadMs = this.#rate === 0 ? 0 : RATE_MS - RATE_MS / this.#rate;
    const rateMs = this.#rate === 0 ? 0 : this.#rateFullAtMs - spreadMs - nowMs;
    return Math.max(0, Math.ceil(Math.max(rateMs, this.#heldUntilMs - nowMs)));
  }

  /** Whether replays of `hello` are still coming. */
  get resuming(): boolean {
    return !this.#resumed;
  }

  /** Dials and greets. What follows arrives as events. */
  async start(hello: Omit<HelloFrame, "t" | "i">): Promise<void> {
    this.#welcomeTimer = setTimeout(() => this.close(GIVE_UP, "no welcome"), WELCOME_MAX_MS);
    const { url, encoding, socket } = this.#options;
    try {
      const opened = await socket(url, SUBPROTOCOL[encoding], {
        onOpen: () => queueMicrotask(() => this.#greet(hello)),
        onMessage: (data) => this.#onMessage(data),
        onClose: (code, reason) => this.#end({ code, reason }),
      });
      if (this.#closed) opened.close(1000, "");
      else this.#socket = opened;
    } catch (error) {
      this.#end({ code: 1006, reason: String(error) });
    }
  }

  /**
   * Sends a request and resolves with `d` of its answer; `onAnswer` is given it first, in the turn that brings it.
   * @throws GuildhallError as answered, `TOO_LARGE` before sending; Unanswered after `timeoutMs` or when the connection ends.
   */
  request(make: (i: number) => ClientFrame, timeoutMs: number, onAnswer?: (d: unknown) => void): Promise<unknown> {
    const i = this.#takeId();
    return new Promise((resolve, reject) => {
      const sentMs = Date.now();
      const timer = setTimeout(() => {
        this.#waiting.delete(i);
        reject(new Unanswered("no answer in time"));
        // Nothing at all came since: the connection is dead, whatever the socket says.
        if (this.#lastReceivedMs <= sentMs && Date.now() - sentMs >= PONG_MAX_MS) this.close(GIVE_UP, "silent");
      }, timeoutMs);
      const answered = (d: unknown): void => {
        onAnswer?.(d);
        resolve(d);
      };
      this.#waiting.set(i, { resolve: answered, reject, timer });
      try {
        this.send(make(i));
      } catch (error) {
        clearTimeout(timer);
        this.#waiting.delete(i);
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  /** Sends a frame that has no answer. @throws GuildhallError `TOO_LARGE`, Unanswered on a closed connection. */
  send(frame: ClientFrame): void {
    if (this.#socket === undefined || this.#closed) throw new Unanswered("connection is closed");
    const bytes = this.#codec.encodeClient(frame);
    if (bytes.length > LIMITS.frameInMaxBytes)
      throw new GuildhallError("TOO_LARGE", `a frame of ${bytes.length} bytes`);
    const nowMs = Date.now();
    this.#lastSentMs = nowMs;
    if (this.#rate > 0) this.#rateFullAtMs = Math.max(this.#rateFullAtMs, nowMs) + RATE_MS / this.#rate;
    this.#socket.send(this.#options.encoding === "json" ? new TextDecoder().decode(bytes) : bytes);
  }

  /** Closes once every request is answered, and after `maxMs` in any case. */
  retire(maxMs: number): void {
    this.#retiring = true;
    if (this.#waiting.size === 0) this.close(1000, "replaced");
    else this.#welcomeTimer = this.#rearm(this.#welcomeTimer, () => this.close(1000, "replaced"), maxMs);
  }

  close(code: number, reason: string): void {
    if (this.#closed) return;
    this.#socket?.close(code, reason);
    if (this.#socket === undefined) this.#end({ code, reason });
    else this.#welcomeTimer = this.#rearm(this.#welcomeTimer, () => this.#end({ code, reason }), CLOSE_MAX_MS);
  }

  #rearm(timer: ReturnType<typeof setTimeout> | undefined, run: () => void, ms: number): ReturnType<typeof setTimeout> {
    clearTimeout(timer);
    return setTimeout(run, ms);
  }

  #greet(hello: Omit<HelloFrame, "t" | "i">): void {
    if (!this.open) return;
    this.#helloId = this.#takeId();
    this.send({ t: CLIENT_FRAME.hello, i: this.#helloId, ...hello });
  }

  #takeId(): number {
    const i = this.#nextId;
    this.#nextId = i === REQUEST_ID_MAX ? 1 : i + 1;
    return i;
  }

  #onMessage(data: Uint8Array | string): void {
    if (this.#closed) return;
    this.#lastReceivedMs = Date.now();
    clearTimeout(this.#pongTimer);
    this.#pongTimer = undefined;
    let frame: ServerFrame;
    try {
      frame = this.#codec.decodeServer(typeof data === "string" ? new TextEncoder().encode(data) : data);
    } catch (error) {
      // A kind of frame that a newer server knows and we do not.
      if (error instanceof AppError && error.code === "UNKNOWN_METHOD") return;
      this.#events.onUndecodable(error instanceof Error ? error.message : String(error));
      this.close(GIVE_UP, "undecodable frame");
      return;
    }
    this.#onFrame(frame);
  }

  #onFrame(frame: ServerFrame): void {
    if (frame.t === SERVER_FRAME.welcome) this.#onWelcome(frame);
    else if (frame.t === SERVER_FRAME.ok) this.#answered(frame.i, (waiting) => waiting.resolve(frame.d), frame.d);
    else if (frame.t === SERVER_FRAME.err) {
      const error = errorFrom(frame);
      if (frame.i === this.#helloId || (frame.i === undefined && this.#beatMs === 0)) this.#helloError = error;
      if (isOfConnection(error)) this.#heldUntilMs = Date.now() + (error.retryAfterMs ?? 0);
      if (frame.i !== undefined) this.#answered(frame.i, (waiting) => waiting.reject(error));
    } else if (frame.t !== SERVER_FRAME.pong) this.#events.onFrame(frame);
  }

  #answered(i: number, settle: (waiting: Waiting) => void, d?: unknown): void {
    if (i === this.#helloId) {
      if (this.#beatMs > 0) this.#allResumed(d);
      return;
    }
    const waiting = this.#waiting.get(i);
    if (waiting === undefined) return;
    this.#waiting.delete(i);
    clearTimeout(waiting.timer);
    settle(waiting);
    if (this.#retiring && this.#waiting.size === 0) this.close(1000, "replaced");
  }

  #allResumed(d: unknown): void {
    if (this.#resumed) return;
    this.#resumed = true;
    this.#events.onResumed(d);
  }

  #onWelcome(welcome: WelcomeFrame): void {
    clearTimeout(this.#welcomeTimer);
    this.#beatMs = Math.max(1, welcome.hb);
    this.#rate = Math.max(Math.min(1, welcome.lim.rate), Math.floor(welcome.lim.rate * (1 - RATE_RESERVE)));
    this.#scheduleBeat();
    this.#events.onWelcome(welcome);
  }

  /** Wakes once a beat, and pings if nothing was sent since. */
  #scheduleBeat(): void {
    const beatMs = this.#beatMs * (0.8 + 0.2 * this.#options.random());
    this.#beatTimer = setTimeout(
      () => {
        if (Date.now() - this.#lastSentMs >= beatMs) this.#ping();
        if (!this.#closed) this.#scheduleBeat();
      },
      Math.max(1, this.#lastSentMs + beatMs - Date.now()),
    );
  }

  #ping(): void {
    this.#pongTimer ??= setTimeout(() => this.close(GIVE_UP, "silent"), PONG_MAX_MS);
    this.send({ t: CLIENT_FRAME.ping });
  }

  #end(close: Close): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of [this.#welcomeTimer, this.#beatTimer, this.#pongTimer]) clearTimeout(timer);
    for (const { timer, reject } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new Unanswered("connection ended"));
    }
    this.#waiting.clear();
    this.#events.onClosed(close, this.#helloError);
  }
}

/** Whether everything on the connection has to wait, and not only what was refused. */
function isOfConnection({ code, d }: GuildhallError): boolean {
  return code === "RATE_LIMITED" && typeof d === "object" && d !== null && "scope" in d && d.scope === "conn";
}
