import type { Session } from "./session.ts";

/** Live connections of one person. At the bound a further one is refused with 4005. */
export const CONNECTIONS_PER_PERSON_MAX = 10;

/** Every session of this gateway; those that have said `hello` by person. */
export class Sessions {
  readonly #all = new Set<Session>();
  /** In the order they connected, so that the oldest is looked at first. */
  readonly #silent = new Set<Session>();
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

  add(session: Session): void {
    this.#all.add(session);
    this.#silent.add(session);
  }

  of(person: number): readonly Session[] {
    return this.#people.get(person) ?? [];
  }

  /**
   * Enters a session whose person is known. An older session of the same device is closed with 4409.
   * False when the person has CONNECTIONS_PER_PERSON_MAX others.
   */
  enter(session: Session, person: number, dev: string): boolean {
    this.of(person)
      .find((other) => other.person?.dev === dev)
      ?.bye("REPLACED");
    const others = this.of(person);
    if (others.length >= CONNECTIONS_PER_PERSON_MAX) return false;
    this.#people.set(person, [...others, session]);
    this.#silent.delete(session);
    return true;
  }

  remove(session: Session): void {
    this.#all.delete(session);
    this.#silent.delete(session);
    if (session.person === undefined) return;
    const { u } = session.person;
    const others = this.of(u).filter((other) => other !== session);
    if (others.length === 0) this.#people.delete(u);
    else this.#people.set(u, others);
  }
}
