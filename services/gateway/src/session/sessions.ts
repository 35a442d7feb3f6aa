import type { Session } from "./session.ts";

/** Every session of this gateway; those that have said `hello` by person. */
export class Sessions {
  readonly #all = new Set<Session>();
  /** In the order they connected, so that the oldest is looked at first. */
  readonly #silent = new Set<Session>();
  /** How many of those there are from an address. */
  readonly #silentFrom = new Map<string, number>();
  readonly #people = new Map<number, Session[]>();

  get size(): number {
    return this.#all.size;
  }

  all(): Iterable<Session> {
    return this.#all;
  }

  /** Those whose `hello` has not been answered, the oldest first. */
  silent(): Iterable<Session> {
    return this.#silent;
  }

  get silentCount(): number {
    return this.#silent.size;
  }

  silentFrom(address: string): number {
    return this.#silentFrom.get(address) ?? 0;
  }

  /**
   * Who has to make room for a newcomer from `address` where there is none left: of those that have said nothing, the
   * oldest from an address that holds more of them. Nobody when none does.
   */
  displaced(address: string): Session | undefined {
    const here = this.silentFrom(address);
    for (const session of this.#silent) {
      if (session.state === "new" && this.silentFrom(session.address) > here) return session;
    }
    return undefined;
  }

  add(session: Session): void {
    this.#all.add(session);
    this.#silent.add(session);
    this.#silentFrom.set(session.address, this.silentFrom(session.address) + 1);
  }

  of(person: number): readonly Session[] {
    return this.#people.get(person) ?? [];
  }

  /**
   * Enters a session whose person is known. An older session of the same device is closed with 4409.
   * False when `mayEnter` does not allow it beside so many others.
   */
  enter(session: Session, person: number, dev: string, mayEnter: (others: number) => boolean): boolean {
    this.of(person)
      .find((other) => other.person?.dev === dev)
      ?.bye("REPLACED");
    const others = this.of(person);
    if (!mayEnter(others.length)) return false;
    this.#people.set(person, [...others, session]);
    this.#spoke(session);
    return true;
  }

  remove(session: Session): void {
    this.#all.delete(session);
    this.#spoke(session);
    if (session.person === undefined) return;
    const { u } = session.person;
    const others = this.of(u).filter((other) => other !== session);
    if (others.length === 0) this.#people.delete(u);
    else this.#people.set(u, others);
  }

  #spoke(session: Session): void {
    if (!this.#silent.delete(session)) return;
    const left = this.silentFrom(session.address) - 1;
    if (left > 0) this.#silentFrom.set(session.address, left);
    else this.#silentFrom.delete(session.address);
  }
}
