import type { About, FinalRead, PageSeen, Seen } from "./record.ts";
import type { Violations } from "./violations.ts";

/** What was first seen at a place. */
export type Place = {
  readonly hash: string;
  readonly cmid: string | undefined;
  readonly by: number;
  readonly kind: string;
  readonly about: About | undefined;
  readonly t: number;
};

/** One epoch of a group that was read to its end. */
export type CompleteLane = {
  readonly group: number;
  readonly epoch: number;
  readonly end: number;
  place(seq: number): Place | undefined;
};

type Lane = {
  readonly group: number;
  readonly epoch: number;
  /** By seq; and rewritten rows by `seq.rev`. */
  readonly places: Map<number, Place>;
  readonly rewritten: Map<string, Place>;
  /** Seqs of the final read, and where it ended. */
  readonly final: Map<number, number>;
  end: { readonly seq: number; readonly t: number } | undefined;
};

/** Holds what was seen of groups against I3 and I4. One epoch of a group is a lane of its own. */
export class Lanes {
  readonly #violations: Violations;
  readonly #lanes = new Map<string, Lane>();

  constructor(violations: Violations) {
    this.#violations = violations;
  }

  seen(seen: Seen & { readonly t: number }): void {
    const { group, epoch, seq, hash, cmid, by, kind, about, rev = 0, t, via, conn } = seen;
    const lane = this.#lane(group, epoch);
    const place: Place = { hash, cmid, by, kind, about, t };
    const first = rev === 0 ? lane.places.get(seq) : lane.rewritten.get(`${seq}.${rev}`);
    if (via === "final") this.#readAtTheEnd(lane, seq, t);
    if (first === undefined) {
      if (rev === 0) lane.places.set(seq, place);
      else lane.rewritten.set(`${seq}.${rev}`, place);
      return;
    }
    this.#violations.test("I4");
    if (first.hash === hash && first.cmid === cmid && first.by === by) return;
    const text = `place ${seq} is ${hash} of ${by} for ${conn} (${via}), and was ${first.hash} of ${first.by}`;
    this.#violations.add("I4", group, text, first.t, t);
  }

  page({ group, from, to, count, conn, t }: PageSeen & { readonly t: number }): void {
    if (count === to - from + 1) return;
    this.#violations.add("I3", group, `a page of ${conn} from ${from} to ${to} has ${count} events`, t);
  }

  finished({ group, epoch, seq, t }: FinalRead & { readonly t: number }): void {
    this.#lane(group, epoch).end = { seq, t };
  }

  /** What the final read has at a place: nothing where it was not read, or the lane was not read to its end. */
  final(group: number, epoch: number, seq: number): Place | "rewritten" | undefined {
    const lane = this.#lanes.get(`${group}/${epoch}`);
    if (lane?.end === undefined || !lane.final.has(seq)) return undefined;
    return lane.places.get(seq) ?? "rewritten";
  }

  /** Lanes that were read to their end, by rising epoch. */
  complete(): CompleteLane[] {
    const lanes = [...this.#lanes.values()].sort((a, b) => a.epoch - b.epoch);
    return lanes.flatMap(({ group, epoch, end, places }) =>
      end === undefined ? [] : [{ group, epoch, end: end.seq, place: (seq: number) => places.get(seq) }],
    );
  }

  /** Judges I3 once everything was read. */
  end(): void {
    for (const lane of this.#lanes.values()) {
      if (lane.end !== undefined) this.#dense(lane, lane.end);
      else if (lane.places.size > 0)
        this.#violations.add("I3", lane.group, `epoch ${lane.epoch} was seen, and never read to its end`);
    }
  }

  #dense({ group, final, places }: Lane, { seq: last, t }: { readonly seq: number; readonly t: number }): void {
    for (let seq = 1; seq <= last; seq++) {
      this.#violations.test("I3");
      if (final.has(seq)) continue;
      const known = places.get(seq);
      this.#violations.add("I3", group, `place ${seq} of ${last} is missing at the end`, known?.t ?? t, t);
    }
    for (const [seq, place] of places) {
      if (seq < 1 || seq > last)
        this.#violations.add("I3", group, `place ${seq} was seen, and the end is ${last}`, place.t, t);
    }
  }

  #readAtTheEnd({ final, group }: Lane, seq: number, t: number): void {
    const before = final.get(seq);
    if (before !== undefined) this.#violations.add("I3", group, `place ${seq} comes twice at the end`, before, t);
    final.set(seq, t);
  }

  #lane(group: number, epoch: number): Lane {
    const key = `${group}/${epoch}`;
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = { group, epoch, places: new Map(), rewritten: new Map(), final: new Map(), end: undefined };
      this.#lanes.set(key, lane);
    }
    return lane;
  }
}
