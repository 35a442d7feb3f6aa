import { type Clock, partitionOf, sleep } from "@guildhall/kernel";
import type { Person, Session } from "../session/session.ts";
import { type RecheckNeeds, recheck } from "./recheck.ts";

/** Owners that do not answer for so long after the first of them was heard again keep nobody waiting any more. */
const VOUCHED_MAX_MS = 3_000;
const AGAIN_MS = 200;

export type VouchingNeeds = RecheckNeeds & {
  readonly partitions: number;
  readonly sessions: { all(): Iterable<Session> };
  readonly clock: Clock;
};

/**
 * Where beacons were missed, the end of a sign-in may have been, too: the people of that partition are checked again
 * at once. A gateway that has heard nobody vouches for nobody, and shows no lane before all have been checked.
 */
export class Vouching {
  readonly #needs: VouchingNeeds;
  /** Partitions whose people have not been checked since nobody was heard. */
  readonly #unchecked = new Set<number>();
  /** As many as lanes that are being opened. */
  #waiting: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** What was asked before nobody was heard once more is no answer. */
  #round = 0;

  constructor(needs: VouchingNeeds) {
    this.#needs = needs;
  }

  /** Nothing may be shown yet. */
  get pending(): boolean {
    return this.#unchecked.size > 0;
  }

  /** No owner has been heard for a while. */
  deaf(): void {
    this.#round++;
    this.#wake();
    for (const { person } of this.#needs.sessions.all()) {
      if (person !== undefined) this.#unchecked.add(partitionOf(person.u, this.#needs.partitions));
    }
  }

  /** The owner of partition `p` is heard, and not all that it has said. */
  missed(p: number): void {
    if (this.pending) this.#timer ??= setTimeout(() => this.#open(), VOUCHED_MAX_MS);
    void this.#check(p, this.#round);
  }

  /** Resolves when something may be shown, or nobody is heard once more. */
  async vouched(): Promise<void> {
    if (this.pending) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  stop(): void {
    this.#round++;
    this.#open();
  }

  /** Never rejects. */
  async #check(p: number, round: number): Promise<void> {
    let left = this.#here(p);
    while (left.length > 0) {
      const nowMs = this.#needs.clock.monotonicMs();
      const answered = await Promise.all(
        left.map(({ session, person }) => recheck(session, person, nowMs, this.#needs)),
      );
      left = left.filter(({ session }, i) => session.open && answered[i] !== true);
      // Where nobody waits, who is not answered is asked again with all others.
      if (round !== this.#round || !this.#unchecked.has(p)) return;
      if (left.length > 0) await sleep(AGAIN_MS);
    }
    if (round === this.#round && this.#unchecked.delete(p) && this.#unchecked.size === 0) this.#open();
  }

  /** Who is here of the people of partition `p`. */
  #here(p: number): readonly { readonly session: Session; readonly person: Person }[] {
    const { partitions, sessions } = this.#needs;
    return [...sessions.all()].flatMap((session) => {
      const { person } = session;
      return person !== undefined && partitionOf(person.u, partitions) === p ? [{ session, person }] : [];
    });
  }

  #open(): void {
    this.#unchecked.clear();
    this.#wake();
  }

  #wake(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
