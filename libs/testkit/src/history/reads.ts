import type { Attempt, ReadFail, ReadInvoke, ReadOk } from "./record.ts";
import type { Violations } from "./violations.ts";

/**
 * Who was answered on one connection and asks on another may be at another gateway, which hears of it by an event or,
 * where that is lost, by a beacon. One that hears neither for 2 s shows nothing. In ns.
 */
const ELSEWHERE_NS = 2_500_000_000;

type At = { readonly t: number };
type Answer = { readonly seq: number; readonly conn: string } & At;
/** A page under way: the newest place in its range that its reader had been answered before they asked. */
type Open = { readonly epoch: number; readonly must: Answer; readonly t: number; readonly from: number | undefined };

/**
 * Holds pages against I14: what a person was answered is on the page they ask for then, if it covers its place; on
 * another connection, a little later.
 */
export class Reads {
  readonly #violations: Violations;
  /** By group and person: places of the newest epoch, rising. */
  readonly #answered = new Map<string, { epoch: number; readonly places: Answer[] }>();
  readonly #open = new Map<string, Open>();

  constructor(violations: Violations) {
    this.#violations = violations;
  }

  /** A message of this person was answered. */
  answered({ group, user, conn }: Attempt, epoch: number, seq: number, t: number): void {
    const key = `${group}/${user}`;
    let own = this.#answered.get(key);
    if (own === undefined || own.epoch < epoch) {
      own = { epoch, places: [] };
      this.#answered.set(key, own);
    }
    if (own.epoch !== epoch) return;
    const at = behind(own.places, seq);
    if (own.places[at - 1]?.seq !== seq) own.places.splice(at, 0, { seq, t, conn });
  }

  asked({ id, conn, group, user, from, to, t }: ReadInvoke & At): void {
    const own = this.#answered.get(`${group}/${user}`);
    if (own === undefined) return;
    let at = behind(own.places, to);
    let must: Answer | undefined;
    // Not far: what was answered in the last moments.
    while (at > 0 && must === undefined) {
      const place = own.places[--at];
      if (place !== undefined && (place.conn === conn || t - place.t > ELSEWHERE_NS)) must = place;
    }
    if (must === undefined || (from !== undefined && must.seq < from)) return;
    this.#open.set(id, { epoch: own.epoch, must, t, from });
  }

  /** A page that was cut may end before; what lies within it is there, or the page has a hole. */
  came({ id, conn, group, epoch, to, more, t }: ReadOk & At): void {
    const open = this.#open.get(id);
    this.#open.delete(id);
    if (open === undefined || open.epoch !== epoch) return;
    this.#violations.test("I14");
    const { must, from } = open;
    if (to >= must.seq || (from !== undefined && more)) return;
    const text = `a page of ${conn} ends at ${to}, and its reader was answered for ${must.seq} before they asked`;
    this.#violations.add("I14", group, text, must.t, open.t, t);
  }

  refused({ id }: ReadFail): void {
    this.#open.delete(id);
  }
}

/** How many places are not behind `seq`, by halving. */
function behind(places: readonly Answer[], seq: number): number {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle]?.seq ?? 0) > seq) high = middle;
    else low = middle + 1;
  }
  return low;
}
