import { sleep } from "@guildhall/kernel";
import type { ClientFrame, ErrorCode } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { type BackoffOptions, backoffMs } from "./backoff.ts";
import { Unanswered } from "./connection.ts";
import { GuildhallError } from "./errors.ts";
import type { Link } from "./link.ts";

/** Requests that wait for their turn or their answer. One more is refused with RATE_LIMITED. */
const WAITING_MAX = 10_000;
/** An answer that takes longer is asked for again. */
const ANSWER_MAX_MS = 15_000;
/** Waits between repeats after an error that passes, ms. */
const REPEAT_START_MS = 100;
const REPEAT_MAX_MS = 5_000;
/** After these a request is repeated; every other error is its answer. */
const REPEATED: ReadonlySet<ErrorCode> = new Set([
  "OUTCOME_UNKNOWN",
  "UNAVAILABLE",
  "PERM_STALE",
  "TOKEN_EXPIRED",
  "RATE_LIMITED",
]);

export type Request = {
  /** The frame; `repeat` from the second sending on. Apart from `i` and `rt` every sending must be the same. */
  readonly make: (i: number, repeat: boolean) => ClientFrame;
  /** Given `d` of the answer in the turn that brings it: frames right behind it come after. */
  readonly onAnswer?: (d: unknown) => void;
  /** It changes something: left without an answer, its outcome is unknown. */
  readonly commits: boolean;
  /** When to give up, ms of this machine's clock. */
  readonly deadlineMs: number;
  /** Requests with the same number are carried out one after another, in the order they were made. */
  readonly order?: number;
};

/**
 * Carries requests to their answers, over reconnects: at most LIMITS.inFlightMax at once, the others in order.
 *
 * Commands of one group go one at a time: only then can an answer that was lost, or a refusal that passes,
 * never put a later command before an earlier one.
 */
export class Requests {
  readonly #link: Link;
  readonly #repeat: BackoffOptions;
  readonly #tails = new Map<number, Promise<void>>();
  readonly #turns: (() => void)[] = [];
  #running = 0;
  #waiting = 0;

  constructor(link: Link, backoff: BackoffOptions) {
    this.#link = link;
    this.#repeat = { ...backoff, startMs: REPEAT_START_MS, maxMs: REPEAT_MAX_MS };
  }

  /**
   * Resolves with `d` of the answer.
   * @throws GuildhallError as answered; `RATE_LIMITED` when its turn comes after the deadline; at the deadline `OUTCOME_UNKNOWN` of what commits and was sent, else `UNAVAILABLE`.
   */
  async run(request: Request): Promise<unknown> {
    if (this.#waiting >= WAITING_MAX) throw new GuildhallError("RATE_LIMITED", `${WAITING_MAX} requests are waiting`);
    this.#waiting++;
    try {
      return await (request.order === undefined ? this.#inTurn(request) : this.#inOrder(request, request.order));
    } finally {
      this.#waiting--;
    }
  }

  async #inOrder(request: Request, order: number): Promise<unknown> {
    const before = this.#tails.get(order) ?? Promise.resolve();
    const answer = before.then(() => this.#inTurn(request));
    const tail = answer.then(
      () => {},
      () => {},
    );
    this.#tails.set(order, tail);
    try {
      return await answer;
    } finally {
      if (this.#tails.get(order) === tail) this.#tails.delete(order);
    }
  }

  async #inTurn(request: Request): Promise<unknown> {
    if (this.#running >= LIMITS.inFlightMax) await new Promise<void>((resolve) => this.#turns.push(resolve));
    else this.#running++;
    try {
      return await this.#untilAnswered(request);
    } finally {
      const next = this.#turns.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  async #untilAnswered(request: Request): Promise<unknown> {
    let sent = false;
    for (let attempt = 0; ; attempt++) {
      const leftMs = request.deadlineMs - Date.now();
      if (leftMs <= 0) throw gaveUp(request, sent);
      const connection = await this.#link.up(leftMs).catch((error: unknown) => {
        throw request.commits && sent ? gaveUp(request, sent, error) : error;
      });
      if (connection === undefined) continue;
      if (connection.fullForMs > 0) {
        await sleep(Math.min(connection.fullForMs, leftMs));
        continue;
      }
      const repeat: boolean = sent;
      sent = true;
      try {
        const timeoutMs = Math.min(ANSWER_MAX_MS, leftMs);
        return await connection.request((i) => request.make(i, repeat), timeoutMs, request.onAnswer);
      } catch (error) {
        // Refused at the door, so nothing has happened.
        if (error instanceof GuildhallError && error.code === "RATE_LIMITED") sent = repeat;
        await this.#beforeRepeat(error, attempt, request.deadlineMs, sent);
      }
    }
  }

  /** Waits as long as the error asks for. @throws the error itself where it is an answer. */
  async #beforeRepeat(error: unknown, attempt: number, deadlineMs: number, sent: boolean): Promise<void> {
    if (error instanceof Unanswered) return;
    if (!(error instanceof GuildhallError) || !REPEATED.has(error.code)) throw error;
    if (error.code === "TOKEN_EXPIRED") this.#link.renew();
    const waitMs = (error.retryAfterMs ?? 0) + backoffMs(this.#repeat, attempt);
    const leftMs = Math.max(0, deadlineMs - Date.now());
    if (error.code === "RATE_LIMITED" && !sent && waitMs >= leftMs) throw error;
    await sleep(Math.min(waitMs, leftMs));
  }
}

function gaveUp({ commits }: Request, sent: boolean, cause?: unknown): GuildhallError {
  return commits && sent
    ? new GuildhallError("OUTCOME_UNKNOWN", "no answer in time; it may have happened", { cause })
    : new GuildhallError("UNAVAILABLE", "no answer in time", { cause });
}
