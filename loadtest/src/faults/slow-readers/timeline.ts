import type { Event } from "@guildhall/proto";
import { textIn } from "../peer.ts";
import { numberIn } from "./numbered.ts";

/**
 * What everybody must have seen alike: one sender writes numbered messages and nothing else happens in the group, so
 * that a number and its seq always lie equally far apart.
 */
export class Timeline {
  /** Seq less number; unknown before the first message. */
  offset: number | undefined;

  /** What is wrong with an event at this place, or nothing. */
  wrong(event: Event): string | undefined {
    const text = textIn(event);
    const number = text === undefined ? undefined : numberIn(text);
    if (number === undefined) return `${event.s} is no message of the run, or altered`;
    this.offset ??= event.s - number;
    return event.s - number === this.offset ? undefined : `${event.s} is message ${number}`;
  }
}
