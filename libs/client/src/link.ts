import type { CloseAction, Encoding, HelloFrame, ServerFrame, WelcomeFrame } from "@guildhall/proto";
import { CLIENT_FRAME, CLOSE_CODES, SERVER_FRAME } from "@guildhall/proto/tables";
import { type BackoffOptions, backoffMs } from "./backoff.ts";
import { type Close, Connection } from "./connection.ts";
import { GuildhallError } from "./errors.ts";
import type { Via } from "./items.ts";
import type { SocketFactory } from "./socket.ts";
import type { TokenSource } from "./tokens.ts";

/** A connection that lasted this long has worked: the next wait starts from the beginning again. */
const STABLE_MS = 5_000;
/** An old connection may finish its requests beside its successor for this long. */
const RETIRE_MAX_MS = 5_000;
/** The token is renewed this long before its end, or after three quarters of what is left. */
const RENEW_BEFORE_MS = 60_000;
const RENEW_RETRY_MS = 5_000;
const ANSWER_MAX_MS = 15_000;
/** setTimeout holds no more. */
const TIMER_MAX_MS = 2 ** 31 - 1;

export type Greeting = Pick<HelloFrame, "cur" | "act">;

export type LinkOptions = {
  /** One or more; dialled in turn. */
  readonly urls: readonly string[];
  readonly encoding: Encoding;
  readonly socket: SocketFactory;
  readonly tokens: TokenSource;
  readonly device: Uint8Array;
  readonly app: string;
  readonly backoff: BackoffOptions;
};

export type LinkEvents = {
  /** Cursors to resume from, asked before each dialling. */
  readonly greeting: () => Greeting;
  readonly onUp: (welcome: WelcomeFrame, greeted: Greeting) => void;
  /** All that `greeted` asked for has been replayed. */
  readonly onResumed: (greeted: Greeting, d: unknown) => void;
  readonly onFrame: (frame: ServerFrame, via: Via) => void;
  readonly onUndecodable: (detail: string) => void;
  readonly onLost: (why: string) => void;
  readonly onStopped: (error: GuildhallError) => void;
};

type Waiter = {
  readonly resolve: (connection: Connection | undefined) => void;
  readonly reject: (error: Error) => void;
};

const BY_CODE: ReadonlyMap<number, { action: CloseAction; text: string }> = new Map(
  Object.values(CLOSE_CODES).map((spec) => [spec.code, spec]),
);

/** Keeps one connection up for ever: dials, renews tokens, waits between attempts, moves over when told to. */
export class Link {
  readonly #options: LinkOptions;
  readonly #events: LinkEvents;
  #current: Connection | undefined;
  #dialling: Connection | undefined;
  #upSinceMs = 0;
  #attempt = 0;
  /** Diallings so far: each goes to the address after the last one's. */
  #dialled = 0;
  #waiters = new Set<Waiter>();
  #dialTimer: ReturnType<typeof setTimeout> | undefined;
  #renewTimer: ReturnType<typeof setTimeout> | undefined;
  #stopped: GuildhallError | undefined;
  #offsetMs = 0;
  #toldUp = false;

  constructor(options: LinkOptions, events: LinkEvents) {
    this.#options = options;
    this.#events = events;
  }

  /** Server time, ms; before the first welcome this machine's own. */
  nowMs(): number {
    return Date.now() + this.#offsetMs;
  }

  get current(): Connection | undefined {
    return this.#current;
  }

  get stopped(): GuildhallError | undefined {
    return this.#stopped;
  }

  /** Dials. What follows arrives as events. */
  start(): void {
    void this.#dial(false);
  }

  /** The connection, once there is one; undefined after `timeoutMs`. @throws GuildhallError when the link has stopped. */
  up(timeoutMs: number): Promise<Connection | undefined> {
    if (this.#stopped !== undefined) return Promise.reject(this.#stopped);
    if (this.#current !== undefined) return Promise.resolve(this.#current);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => settle(() => resolve(undefined)), timeoutMs);
      const waiter: Waiter = {
        resolve: (connection) => settle(() => resolve(connection)),
        reject: (error) => settle(() => reject(error)),
      };
      const settle = (how: () => void): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        how();
      };
      this.#waiters.add(waiter);
    });
  }

  /** Renews the token of the connection that is up. */
  renew(): void {
    if (this.#current !== undefined) void this.#renew(this.#current);
  }

  /** Ends for good. `error` is what waiting requests are told. */
  stop(error: GuildhallError): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = error;
    clearTimeout(this.#dialTimer);
    clearTimeout(this.#renewTimer);
    for (const connection of [this.#current, this.#dialling]) connection?.close(1000, "");
    this.#current = undefined;
    this.#dialling = undefined;
    for (const waiter of this.#waiters) waiter.reject(error);
    this.#events.onStopped(error);
  }

  async #dial(fresh: boolean): Promise<void> {
    let tok: string;
    try {
      tok = await this.#token(fresh);
    } catch (error) {
      const known =
        error instanceof GuildhallError ? error : new GuildhallError("UNAVAILABLE", String(error), { cause: error });
      if (known.retry || known.code === "INTERNAL") this.#again(false, fresh);
      else this.stop(known);
      return;
    }
    if (this.#stopped !== undefined || this.#dialling !== undefined) return;
    const { urls, encoding, socket, device, app, backoff } = this.#options;
    const url = urls[this.#dialled++ % urls.length] ?? "";
    const greeted = this.#events.greeting();
    const connection: Connection = new Connection(
      { url, encoding, socket, random: backoff.random },
      {
        onWelcome: (welcome) => this.#onWelcome(connection, welcome, greeted),
        onResumed: (d) => this.#events.onResumed(greeted, d),
        onFrame: (frame) => this.#onFrame(connection, frame),
        onUndecodable: this.#events.onUndecodable,
        onClosed: (close, error) => this.#onClosed(connection, close, error),
      },
    );
    this.#dialling = connection;
    await connection.start({ v: 1, tok, dev: device, app, cap: [], ...greeted });
  }

  #token(fresh: boolean): Promise<string> {
    const { tokens } = this.#options;
    if (!fresh) return tokens.access();
    if (tokens.renew === undefined)
      throw new GuildhallError("UNAUTHENTICATED", "the token no longer holds and there is no other");
    return tokens.renew();
  }

  #onWelcome(connection: Connection, welcome: WelcomeFrame, greeted: Greeting): void {
    const old = this.#current;
    this.#current = connection;
    this.#dialling = undefined;
    this.#upSinceMs = Date.now();
    this.#offsetMs = welcome.ts - Date.now();
    clearTimeout(this.#dialTimer);
    old?.retire(RETIRE_MAX_MS);
    this.#scheduleRenewal(connection, welcome.exp);
    this.#toldUp = true;
    this.#events.onUp(welcome, greeted);
    for (const waiter of this.#waiters) waiter.resolve(connection);
  }

  #onFrame(connection: Connection, frame: ServerFrame): void {
    if (this.#stopped !== undefined) return;
    if (frame.t === SERVER_FRAME.go) this.#onGo(connection, frame.ra);
    else this.#events.onFrame(frame, connection === this.#current && !connection.resuming ? "live" : "resume");
  }

  /** The successor is dialled while this connection still works; it closes once the other is up. */
  #onGo(connection: Connection, afterMs: number): void {
    if (connection !== this.#current || this.#dialling !== undefined) return;
    clearTimeout(this.#dialTimer);
    this.#dialTimer = setTimeout(() => void this.#dial(false), afterMs);
  }

  #onClosed(connection: Connection, close: Close, error: GuildhallError | undefined): void {
    if (this.#stopped !== undefined) return;
    if (connection === this.#dialling) {
      this.#dialling = undefined;
      this.#decide(close, error);
      this.#tellLost(close);
    } else if (connection === this.#current) {
      this.#current = undefined;
      clearTimeout(this.#renewTimer);
      if (Date.now() - this.#upSinceMs >= STABLE_MS) this.#attempt = 0;
      // A successor that is being greeted ends this one: nothing is lost unless it fails.
      const replaced = this.#dialling !== undefined && close.code === CLOSE_CODES.REPLACED.code;
      if (this.#dialling === undefined) this.#decide(close, error);
      if (!replaced) this.#tellLost(close);
    }
  }

  #tellLost(close: Close): void {
    if (this.#current !== undefined || this.#stopped !== undefined || !this.#toldUp) return;
    this.#toldUp = false;
    this.#events.onLost(reasonOf(close));
  }

  #decide(close: Close, error: GuildhallError | undefined): void {
    const action = error?.code === "TOKEN_EXPIRED" ? "renew" : (BY_CODE.get(close.code)?.action ?? "reconnect");
    if (action === "stop") {
      const code = close.code === CLOSE_CODES.AUTH_FAILED.code ? "UNAUTHENTICATED" : "UNAVAILABLE";
      this.stop(error ?? new GuildhallError(code, reasonOf(close), { d: { close: close.code }, retry: false }));
    } else {
      const slow = close.code === CLOSE_CODES.OVERLOAD.code || close.code === CLOSE_CODES.FLOOD.code;
      this.#again(slow, action === "renew");
    }
  }

  #again(slow: boolean, fresh: boolean): void {
    if (this.#stopped !== undefined) return;
    clearTimeout(this.#dialTimer);
    this.#dialTimer = setTimeout(() => void this.#dial(fresh), backoffMs(this.#options.backoff, this.#attempt++, slow));
  }

  #scheduleRenewal(connection: Connection, expMs: number): void {
    if (this.#options.tokens.renew === undefined) return;
    const leftMs = expMs - this.nowMs();
    const inMs = Math.max(leftMs - RENEW_BEFORE_MS, leftMs * 0.75, 0);
    clearTimeout(this.#renewTimer);
    this.#renewTimer = setTimeout(() => void this.#renew(connection), Math.min(inMs, TIMER_MAX_MS));
  }

  /** Never rejects: what fails is tried again until the server closes the connection with TOKEN_EXPIRED. */
  async #renew(connection: Connection): Promise<void> {
    try {
      const tok = await this.#token(true);
      if (connection !== this.#current) return;
      const answer = await connection.request((i) => ({ t: CLIENT_FRAME.auth, i, tok }), ANSWER_MAX_MS);
      this.#scheduleRenewal(connection, expOf(answer));
    } catch {
      if (connection !== this.#current) return;
      clearTimeout(this.#renewTimer);
      this.#renewTimer = setTimeout(() => void this.#renew(connection), RENEW_RETRY_MS);
    }
  }
}

function expOf(answer: unknown): number {
  const exp = typeof answer === "object" && answer !== null && "exp" in answer ? answer.exp : undefined;
  if (typeof exp !== "number") throw new GuildhallError("INTERNAL", "auth was answered without exp");
  return exp;
}

function reasonOf({ code, reason }: Close): string {
  const text = BY_CODE.get(code)?.text ?? (code === 1006 ? "connection lost" : "connection closed");
  return reason === "" || reason === text ? `${text} (${code})` : `${text} (${code}: ${reason})`;
}
