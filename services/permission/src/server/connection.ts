import type { Socket } from "node:net";
import { AppError } from "@guildhall/kernel";
import { UNKNOWN_ANSWER, UNKNOWN_EXPLANATION } from "@guildhall/permit/answers";
import { encodeFrames, FRAME_MAX_BYTES, FrameDecoder } from "@guildhall/permit/framing";
import {
  answerBody,
  CALL,
  decodeRequest,
  encodeReplies,
  encodeReply,
  explanationBody,
  numberAfter,
  type Request,
  readFactsRequest,
  readQuestion,
  readQuestions,
} from "@guildhall/permit/messages";
import type { Answer, Question } from "@guildhall/proto";
import type { Decisions } from "../decide.ts";

/** Questions of one connection that wait for facts. More are answered UNKNOWN at once. */
export const IN_FLIGHT_MAX = 1_000;

/**
 * Serves one client. What it can decide from facts at hand is answered in the same turn, in one write a
 * chunk received. A client that does not read its answers is not read from until it does. A frame that
 * cannot be read ends the connection; a question that cannot be read is answered UNKNOWN.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #decisions: Decisions;
  readonly #decoder = new FrameDecoder((payload) => this.#serve(decodeRequest(payload)));
  readonly #onError: (error: unknown) => void;
  #inFlight = 0;
  #unsent: Uint8Array[] = [];
  #flushing = false;

  constructor(socket: Socket, decisions: Decisions, onError: (error: unknown) => void) {
    this.#socket = socket;
    this.#decisions = decisions;
    this.#onError = onError;
    socket.on("data", (chunk) => this.#read(chunk));
    socket.on("drain", () => socket.resume());
    // "close" follows, and what is still under way is answered to nobody.
    socket.on("error", () => {});
  }

  #read(chunk: Uint8Array): void {
    try {
      this.#decoder.push(chunk);
    } catch (error) {
      this.#onError(error);
      this.#socket.destroy();
      return;
    }
    this.#flush();
  }

  #serve({ n, call, body }: Request): void {
    switch (call) {
      case CALL.check: {
        const question = readQuestion(body);
        const answer = question === undefined ? UNKNOWN_ANSWER : this.#decisions.now(question);
        if (answer !== undefined) this.#reply(n, answerBody(answer));
        else if (question !== undefined) this.#later(n, this.#find(question).then(answerBody));
        return;
      }
      case CALL.checks:
        this.#checks(n, body);
        return;
      case CALL.checkMany: {
        const questions = readQuestions(body);
        if (questions === undefined) this.#reply(n, null);
        else this.#later(n, Promise.all(questions.map((question) => this.#answer(question))).then(manyBody));
        return;
      }
      case CALL.facts:
        this.#later(
          n,
          this.#bounded(() => this.#facts(body), null),
        );
        return;
      case CALL.explain: {
        const question = readQuestion(body);
        this.#later(
          n,
          this.#bounded(async () => this.#explain(question), explanationBody(UNKNOWN_EXPLANATION)),
        );
        return;
      }
      default:
        this.#reply(n, null);
    }
  }

  /** What can be told at once goes into one reply; the rest follows one by one, so that nobody waits for another's facts. */
  #checks(n: number, body: unknown): void {
    const questions = readQuestions(body);
    // How many answers are waited for cannot be told either.
    if (questions === undefined) throw new AppError("BAD_FRAME", "not checks");
    const bodies = questions.map((question, place) => {
      const answer = question === undefined ? UNKNOWN_ANSWER : this.#decisions.now(question);
      if (answer !== undefined) return answerBody(answer);
      if (question !== undefined) this.#later(numberAfter(n, place), this.#find(question).then(answerBody));
      return null;
    });
    const payload = encodeReplies(n, bodies);
    if (payload.length <= FRAME_MAX_BYTES) this.#unsent.push(payload);
    else for (const [place, one] of bodies.entries()) if (one !== null) this.#reply(numberAfter(n, place), one);
  }

  async #answer(question: Question | undefined): Promise<Answer> {
    if (question === undefined) return UNKNOWN_ANSWER;
    return this.#decisions.now(question) ?? this.#find(question);
  }

  #find(question: Question): Promise<Answer> {
    return this.#bounded(() => this.#decisions.find(question), UNKNOWN_ANSWER);
  }

  async #facts(body: unknown): Promise<unknown> {
    const wanted = readFactsRequest(body);
    if (wanted === undefined) return null;
    const { group, member } = await this.#decisions.facts(wanted.g, wanted.u);
    return [group, member];
  }

  async #explain(question: Question | undefined): Promise<unknown> {
    return explanationBody(question === undefined ? UNKNOWN_EXPLANATION : await this.#decisions.explain(question));
  }

  /** Runs `work` unless too much is under way. */
  async #bounded<T>(work: () => Promise<T>, otherwise: T): Promise<T> {
    if (this.#inFlight >= IN_FLIGHT_MAX) return otherwise;
    this.#inFlight++;
    try {
      return await work();
    } catch (error) {
      this.#onError(error);
      return otherwise;
    } finally {
      this.#inFlight--;
    }
  }

  #later(n: number, body: Promise<unknown>): void {
    // Never rejects: #bounded has answered for what fails.
    void body.then((value) => {
      this.#reply(n, value);
      this.#flushSoon();
    });
  }

  #reply(n: number, body: unknown): void {
    const payload = encodeReply(n, body);
    this.#unsent.push(payload.length > FRAME_MAX_BYTES ? encodeReply(n, null) : payload);
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#unsent.length === 0 || this.#socket.destroyed) return;
    const frames = encodeFrames(this.#unsent);
    this.#unsent = [];
    if (!this.#socket.write(frames)) this.#socket.pause();
  }
}

function manyBody(answers: readonly Answer[]): unknown {
  return answers.map(answerBody);
}
