import type { Event } from "@guildhall/proto";
import { textIn } from "../peer.ts";
import { numberIn } from "./numbered.ts";

/**
 * What everybody must have seen alike: one sender writes numbered messages and nothing else happens in the group. A
 * number lies as far from its seq as the one before, or nearer to it where messages between were refused.
 */
export class Timeline {
  readonly #numbers = new Map<number, number>();
  /** Seq less number; unknown before the first message. */
  offset: number | undefined;

  /** What is wrong with an event at this place, or nothing. */
  wrong(event: Event): string | undefined {
    const text = textIn(event);
    const number = text === undefined ? undefined : numberIn(text);
    if (number === undefined) return `${event.s} is no message of the run, or altered`;
    this.offset ??= event.s - number;
    const known = this.#numbers.get(event.s);
    this.#numbers.set(event.s, number);
    if (known !== undefined && known !== number) return `${event.s} is message ${number}, and was message ${known}`;
    return number <= (this.#numbers.get(event.s - 1) ?? 0) ? `${event.s} is message ${number} again` : undefined;
  }
}
