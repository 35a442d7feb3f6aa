import type { Event } from "@guildhall/proto";
import { textIn } from "../peer.ts";

/** Texts kept to hold answers against. Older ones have been judged. */
const TEXTS_MAX = 20_000;

/** A member who stays and sees everything: in which order the group took kicks, returns and messages. */
export class Witness {
  readonly #removed: number;
  readonly #texts = new Map<number, string>();
  readonly violations: string[] = [];
  newest = 0;
  /** Whether the person is a member at `newest`; since their last kick at `kickedAt` they are not. */
  #member = true;
  #kickedAt = 0;

  /** `removed`: the person who is removed and comes back; a member now. `newest`: what the witness has. */
  constructor(removed: number, newest: number) {
    this.#removed = removed;
    this.newest = newest;
  }

  event(event: Event): void {
    if (event.s !== this.newest + 1) this.violations.push(`the witness got ${event.s} after ${this.newest}`);
    this.newest = event.s;
    const text = textIn(event);
    if (text !== undefined) {
      this.#texts.set(event.s, text);
      this.#texts.delete(event.s - TEXTS_MAX);
      if (event.u === this.#removed && !this.#member) {
        this.violations.push(`a message of the removed person committed at ${event.s}, kicked at ${this.#kickedAt}`);
      }
    }
    if ((event.b as { readonly u?: unknown } | null)?.u !== this.#removed) return;
    if (event.k === "member.join") this.#member = true;
    if (event.k !== "member.kick") return;
    this.#member = false;
    this.#kickedAt = event.s;
  }

  /** What is at `s`, where that is a message. */
  text(s: number): string | undefined {
    return this.#texts.get(s);
  }
}
