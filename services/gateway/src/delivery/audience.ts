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

/** Who is sent the events of a lane. */
export class Audience {
  readonly msgpack = new Listeners();
  readonly json = new Listeners();

  get size(): number {
    return this.msgpack.list.length + this.json.list.length;
  }

  add(session: Session): void {
    this[session.encoding].add(session);
  }

  delete(session: Session): boolean {
    return this[session.encoding].delete(session);
  }

  has(session: Session): boolean {
    return this[session.encoding].has(session);
  }

  take(): Session[] {
    return [...this.msgpack.take(), ...this.json.take()];
  }
}
