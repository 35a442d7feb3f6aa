import { type Event, REMOVAL_KINDS } from "@guildhall/proto";
import { type Ended, textIn } from "../peer.ts";

/** Texts kept to hold answers against. Older ones have been judged. */
const TEXTS_MAX = 20_000;

/** A member who stays and sees everything: in which order the group took kicks, returns and messages. */
export class Witness {
  readonly #removed: number;
  readonly #texts = new Map<number, string>();
  readonly violations: string[] = [];
  newest = 0;
  /** It has been closed, and sees nothing more. */
  gone = false;
  /** Whether the person is a member at `newest`; since their last removal at `removedAt` they are not. */
  #member = true;
  #removedAt = 0;

  /** `removed`: the person who is removed and comes back; a member now. `newest`: what the witness has. */
  constructor(removed: number, newest: number) {
    this.#removed = removed;
    this.newest = newest;
  }

  ended({ code }: Ended): void {
    this.gone = true;
    this.violations.push(`the witness at ${this.newest} was closed with ${code ?? "no code"}`);
  }

  event(event: Event): void {
    if (event.s !== this.newest + 1) this.violations.push(`the witness got ${event.s} after ${this.newest}`);
    this.newest = event.s;
    const text = textIn(event);
    if (text !== undefined) {
      this.#texts.set(event.s, text);
      this.#texts.delete(event.s - TEXTS_MAX);
      if (event.u === this.#removed && !this.#member) {
        this.violations.push(`a message of the removed person committed at ${event.s}, removed at ${this.#removedAt}`);
      }
    }
    if ((event.b as { readonly u?: unknown } | null)?.u !== this.#removed) return;
    if (event.k === "member.join") this.#member = true;
    if (!REMOVAL_KINDS.has(event.k)) return;
    this.#member = false;
    this.#removedAt = event.s;
  }

  /** What is at `s`, where that is a message. */
  text(s: number): string | undefined {
    return this.#texts.get(s);
  }
}
