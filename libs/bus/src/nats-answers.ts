import type { Nats } from "@guildhall/nats";
import { QUESTIONS_MAX } from "@guildhall/wire";
import { type Msg } from "nats";
import { BATCH_BYTES, type BatchedAnswer, encodeAnswers } from "./question-batch.ts";

/** Answers to one asker that have not left yet. */
type Leaving = { readonly answers: BatchedAnswer[]; reply: string; bytes: number };

/** Answers over one connection: those of one turn to one asker travel in one message. */
export class NatsAnswers {
  readonly #nats: Nats;
  readonly #onError: (error: unknown) => void;
  /** By the place where the asker listens. */
  readonly #leaving = new Map<string, Leaving>();
  #scheduled = false;

  constructor(nats: Nats, onError: (error: unknown) => void) {
    this.#nats = nats;
    this.#onError = onError;
  }

  /**
   * Sends an answer to a question of `message`, by the end of this turn. One that cannot be sent is an answer that was
   * lost: the asker's timeout tells it.
   */
  add({ reply }: Msg, answer: BatchedAnswer): void {
    if (reply === undefined || reply === "") return;
    const asker = reply.slice(0, reply.lastIndexOf("."));
    let leaving = this.#leaving.get(asker);
    if (leaving === undefined) {
      leaving = { answers: [], reply, bytes: 0 };
      this.#leaving.set(asker, leaving);
    }
    // The server lets us answer each message of questions as often as it may hold questions: the newest for longest.
    leaving.reply = reply;
    leaving.answers.push(answer);
    leaving.bytes += answer.data.length;
    if (leaving.answers.length >= QUESTIONS_MAX || leaving.bytes >= BATCH_BYTES) return this.#send(asker, leaving);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  /** Sends what waits. */
  flush(): void {
    for (const [asker, leaving] of this.#leaving) this.#send(asker, leaving);
  }

  #send(asker: string, { answers, reply }: Leaving): void {
    this.#leaving.delete(asker);
    try {
      const message = encodeAnswers(answers);
      this.#nats.admit(message.length);
      this.#nats.connection.publish(reply, message);
    } catch (error) {
      this.#onError(error);
    }
  }
}
