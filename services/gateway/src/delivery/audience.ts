import type { Session } from "../session/session.ts";

/** The sessions of one encoding, as a plain array for the loop that delivers to them. */
export class Listeners {
  readonly list: Session[] = [];
  readonly #places = new Map<Session, number>();

  add(session: Session): void {
    if (this.#places.has(session)) return;
    this.#places.set(session, this.list.length);
    this.list.push(session);
  }

  /**
   * The last session takes the place of the one that goes: who runs through `list` from its end may lose
   * the session it is at without missing another.
   */
  delete(session: Session): boolean {
    const place = this.#places.get(session);
    if (place === undefined) return false;
    this.#places.delete(session);
    const last = this.list.pop();
    if (last !== undefined && last !== session) {
      this.list[place] = last;
      this.#places.set(last, place);
    }
    return true;
  }

  has(session: Session): boolean {
    return this.#places.has(session);
  }

  /** Empties it and hands over who was in it. */
  take(): Session[] {
    this.#places.clear();
    return this.list.splice(0);
  }
}

/**
 * Who is sent the events of a lane, and which of them see who speaks as the group. `unsure`: permissions have changed
 * since it was known; they count as those who do not see it until somebody asks.
 */
export class Audience {
  readonly msgpack = new Listeners();
  readonly json = new Listeners();

  readonly #seeing = new Set<Session>();
  readonly unsure = new Set<Session>();

  get size(): number {
    return this.msgpack.list.length + this.json.list.length;
  }

  add(session: Session, sees = false): void {
    this[session.encoding].add(session);
    this.see(session, sees);
  }

  /** What is known of `session` from now on. */
  see(session: Session, sees: boolean): void {
    this.unsure.delete(session);
    if (sees && this.has(session)) this.#seeing.add(session);
    else this.#seeing.delete(session);
  }

  sees(session: Session): boolean {
    return this.#seeing.has(session);
  }

  /** What was known of `session` may no longer be so. */
  doubt(session: Session): void {
    if (!this.has(session)) return;
    this.#seeing.delete(session);
    this.unsure.add(session);
  }

  doubtAll(): void {
    for (const { list } of [this.msgpack, this.json]) for (const session of list) this.doubt(session);
  }

  delete(session: Session): boolean {
    this.#seeing.delete(session);
    this.unsure.delete(session);
    return this[session.encoding].delete(session);
  }

  has(session: Session): boolean {
    return this[session.encoding].has(session);
  }

  take(): Session[] {
    this.#seeing.clear();
    this.unsure.clear();
    return [...this.msgpack.take(), ...this.json.take()];
  }
}
