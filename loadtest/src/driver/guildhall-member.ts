import { type ClientFrame, type ErrFrame, type OkFrame, SERVER_FRAME, type ServerFrame } from "@guildhall/proto";
import { codecFor } from "@guildhall/wire";
import type { RawSocket } from "../clients/raw-socket.ts";

const REQUEST_MAX_MS = 30_000;
/** Tries of one request of the set-up, while the server says that a later one may succeed. */
const TRIES_MAX = 40;
const RETRY_AFTER_MS = 250;

type Answer = (frame: OkFrame | ErrFrame) => void;

const codec = codecFor("msgpack");

/** One person's connection: requests, and the answers to them. */
export class GuildhallMember {
  readonly #answers = new Map<number, Answer>();
  #request = 0;
  socket: RawSocket | undefined;

  /** Sends a frame that takes a request number; `onAnswer` is called once, unless the connection is lost. */
  send(frame: (i: number) => ClientFrame, onAnswer: Answer): void {
    const i = ++this.#request;
    this.#answers.set(i, onAnswer);
    this.#write(frame(i));
  }

  ping(): void {
    this.#write({ t: 11 });
  }

  /** Takes a frame that is no event; says what it was where nobody had asked for it. */
  take(frame: ServerFrame): string | undefined {
    if (frame.t !== SERVER_FRAME.ok && frame.t !== SERVER_FRAME.err) return UNEXPECTED.get(frame.t);
    const { i } = frame as OkFrame | ErrFrame;
    const answer = i === undefined ? undefined : this.#answers.get(i);
    if (i === undefined || answer === undefined) return `an answer to nothing: ${JSON.stringify(frame)}`;
    this.#answers.delete(i);
    answer(frame as OkFrame | ErrFrame);
    return undefined;
  }

  /** Asks until the answer is `ok`. @throws Error for a refusal that stands, or no answer within 30 s. */
  async ask(frame: (i: number) => ClientFrame): Promise<unknown> {
    for (let tries = 1; ; tries++) {
      const answer = await this.#once(frame);
      if (answer.t === SERVER_FRAME.ok && "d" in answer && !("c" in answer)) return answer.d;
      const refusal = answer as ErrFrame;
      if (!refusal.r || tries === TRIES_MAX)
        throw new Error(`refused: ${refusal.c} ${refusal.m} ${JSON.stringify(refusal.d ?? "")}`);
      await new Promise((resolve) => setTimeout(resolve, refusal.ra ?? RETRY_AFTER_MS));
    }
  }

  #once(frame: (i: number) => ClientFrame): Promise<OkFrame | ErrFrame> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer within ${REQUEST_MAX_MS} ms`)), REQUEST_MAX_MS);
      this.send(frame, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
    });
  }

  #write(frame: ClientFrame): void {
    this.socket?.send(codec.encodeClient(frame));
  }
}

/** Frames that a run on a healthy server does not bring. */
const UNEXPECTED: ReadonlyMap<number, string> = new Map([
  [SERVER_FRAME.ev, "events of a lane that the member does not follow"],
  [SERVER_FRAME.gap, "a gap: the server could not go on where a member stood"],
  [SERVER_FRAME.go, "go: the server is going away"],
  [SERVER_FRAME.bye, "bye: the server hung up"],
]);
