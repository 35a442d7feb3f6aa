import { type Encoding, ERRORS, SERVER_FRAME } from "@guildhall/proto/tables";
import type { Person } from "../../driver/messages.ts";
import { binary, text } from "../hostile/bytes.ts";
import type { Dialogue } from "../hostile/dialogue.ts";
import type { Ground } from "../hostile/ground.ts";
import { type Due, dueFor } from "./oracle.ts";

const ANSWER_MAX_MS = 10_000;
const SLOW_MS = 0.5;
/** What no input may be answered with. */
const NEVER: ReadonlySet<number> = new Set([ERRORS.INTERNAL.c]);

/** What came of the inputs of a lane. */
export type Tally = {
  readonly counts: Map<string, number>;
  readonly faults: string[];
  readonly decodeMs: number[];
  connections: number;
};

export const emptyTally = (): Tally => ({ counts: new Map(), faults: [], decodeMs: [], connections: 0 });

/** One connection after another, with an input at a time: the next goes out when this one has had what is due to it. */
export class FuzzLane {
  readonly #ground: Ground;
  readonly #encoding: Encoding;
  readonly #tally: Tally;
  #dialogue: Dialogue | undefined;
  #person: Person | undefined;

  constructor(ground: Ground, encoding: Encoding, tally: Tally) {
    this.#ground = ground;
    this.#encoding = encoding;
    this.#tally = tally;
  }

  async send(input: Uint8Array): Promise<void> {
    const due = dueFor(input, this.#encoding);
    // What the machine held up once is read again: an input that is slow by itself is slow each time.
    const slow = due.decodeMs > SLOW_MS;
    this.#tally.decodeMs.push(slow ? Math.min(due.decodeMs, dueFor(input, this.#encoding).decodeMs) : due.decodeMs);
    const dialogue = await this.#connected();
    dialogue.forget();
    dialogue.peer.write(this.#encoding === "msgpack" ? binary(input) : text(input));
    const read = await dialogue.probe(ANSWER_MAX_MS);
    if (read && due.request > 0) {
      await dialogue.peer.until(() => answered(dialogue, due.request) || dialogue.over, ANSWER_MAX_MS);
    }
    if (dialogue.over) await dialogue.lastWord();
    const [outcome, fault] = this.#judge(dialogue, due, read);
    this.#tally.counts.set(outcome, (this.#tally.counts.get(outcome) ?? 0) + 1);
    if (fault !== undefined)
      this.#tally.faults.push(`${this.#encoding} ${Buffer.from(input).toString("hex")}: ${fault}`);
    if (dialogue.over || fault !== undefined) this.#leave();
  }

  end(): void {
    this.#leave();
  }

  async #connected(): Promise<Dialogue> {
    if (this.#dialogue !== undefined) return this.#dialogue;
    const { dialogue, person } = await this.#ground.greeted(this.#encoding);
    this.#tally.connections++;
    this.#dialogue = dialogue;
    this.#person = person;
    return dialogue;
  }

  #leave(): void {
    this.#dialogue?.peer.hangUp();
    if (this.#person !== undefined) this.#ground.back(this.#person);
    this.#dialogue = undefined;
    this.#person = undefined;
  }

  /** A word for the count, and what is wrong. */
  #judge(dialogue: Dialogue, due: Due, read: boolean): readonly [outcome: string, fault: string | undefined] {
    const { said } = dialogue;
    const words = said.join(", ");
    const never = dialogue.frames.find((frame) => frame.t === SERVER_FRAME.err && "c" in frame && NEVER.has(frame.c));
    if (never !== undefined) return ["internal", `answered ${words}`];
    if (due.drop) return ["dropped", words === "DROP" ? undefined : `"${words}" instead of DROP`];
    if (due.refused !== undefined) return this.#refused(due.refused, words);
    if (dialogue.over || !read) return ["ended", `ended with "${words}"`];
    return this.#taken(said, due);
  }

  /** A good frame: one answer to a request, and none to others unless it is refused. */
  #taken(said: readonly string[], { request, mayBeRefused }: Due): readonly [string, string | undefined] {
    const words = said.join(", ");
    if (request > 0) return ["answered", said.length === 1 ? undefined : `${said.length} answers: ${words}`];
    const fine = words === "" || words === "PONG" || (mayBeRefused && said.length === 1);
    return [said[0] ?? "silent", fine ? undefined : words];
  }

  /** At once and alone; the third closes. */
  #refused(code: string, words: string): readonly [string, string | undefined] {
    const [alone, third] = [`ERR ${code}`, `ERR ${code}, CLOSE 4400`];
    return [`refused ${code}`, words === alone || words === third ? undefined : `"${words}" instead of "${alone}"`];
  }
}

/** `ok` or `err` with this number: exactly what it asked for has been answered. */
function answered({ frames }: Dialogue, request: number): boolean {
  return frames.some(
    (frame) => (frame.t === SERVER_FRAME.ok || frame.t === SERVER_FRAME.err) && "i" in frame && frame.i === request,
  );
}
