import type { Commands } from "./commands.ts";
import type { CompleteLane, Lanes, Place } from "./lanes.ts";
import { isContent, Policy } from "./policy.ts";
import type { Seen } from "./record.ts";
import type { Violations } from "./violations.ts";

/** Somebody is in a group from the event that let them in to the one that put them out. */
type Stay = {
  readonly from: number;
  to: number;
  /** When the command that let them in was sent first. */
  readonly askedNs: number;
  /** The same, or that of a later stay that was asked for earlier. */
  earliestNs: number;
};
/** Stays of everybody who was ever in it, by person, in order. */
type Stays = ReadonlyMap<number, readonly Stay[]>;

/** Something asked of a group, or seen of it where it should not be. */
type Ask = { readonly group: number; readonly user: number; readonly t: number };
type Astray = Ask & { readonly shown: number };

/**
 * Holds who sees and does what against I10 to I13. Who was in a group when is known once it was read to its end, so
 * until then it keeps for everybody when they saw a place first: a later look at it is allowed where that one was.
 */
export class Memberships {
  readonly #violations: Violations;
  readonly #lanes: Lanes;
  readonly #commands: Commands;
  /** By lane, person and place, ns. */
  readonly #firstSeen = new Map<string, Map<number, Map<number, number>>>();
  readonly #astray: Astray[] = [];
  readonly #asks: Ask[] = [];
  /** Of the newest epoch of a group, once everything was read. */
  readonly #stays = new Map<number, Stays>();
  readonly #ends = new Map<number, number>();

  constructor(violations: Violations, lanes: Lanes, commands: Commands) {
    this.#violations = violations;
    this.#lanes = lanes;
    this.#commands = commands;
  }

  /** A page or to follow was asked for. */
  asked({ group, user, t }: Ask): void {
    this.#asks.push({ group, user, t });
  }

  seen({ group, epoch, seq, user, canary, t }: Seen & { readonly t: number }): void {
    const key = `${group}/${epoch}`;
    let people = this.#firstSeen.get(key);
    if (people === undefined) {
      people = new Map();
      this.#firstSeen.set(key, people);
    }
    let places = people.get(user);
    if (places === undefined) {
      places = new Map();
      people.set(user, places);
    }
    if (!places.has(seq)) places.set(seq, t);
    if (canary !== undefined && canary !== group) this.#astray.push({ group: canary, shown: group, user, t });
  }

  /** Judges everything, once it was read. */
  end(): void {
    for (const lane of this.#lanes.complete()) {
      // What began before the record did cannot be judged.
      if (lane.place(1)?.kind !== "group.create") continue;
      const stays = this.#walk(lane);
      this.#stays.set(lane.group, stays);
      this.#ends.set(lane.group, lane.end);
      for (const [user, places] of this.#firstSeen.get(`${lane.group}/${lane.epoch}`) ?? [])
        this.#reached(lane, user, stays.get(user) ?? [], places);
    }
    this.#canaries();
  }

  /** Whether somebody was in the group at its end; `undefined` where its beginning is not known. */
  inAtTheEnd(group: number, user: number): boolean | undefined {
    const end = this.#ends.get(group);
    const stays = this.#stays.get(group);
    return end === undefined ? undefined : stays?.get(user)?.at(-1)?.to === Number.POSITIVE_INFINITY;
  }

  /** Goes through the group in its order: who may do what, and who is in. */
  #walk(lane: CompleteLane): Stays {
    const policy = new Policy();
    const stays = new Map<number, Stay[]>();
    for (let seq = 1; seq <= lane.end; seq++) {
      const place = lane.place(seq);
      if (place === undefined) continue;
      this.#sender(lane, seq, place, policy, stays.get(place.by));
      this.#allowed(lane, seq, place, policy);
      const { enters, leaves } = policy.apply(place);
      const stay = leaves === undefined ? undefined : stays.get(leaves)?.at(-1);
      if (stay !== undefined) {
        this.#violations.test("I10");
        stay.to = seq;
      }
      if (enters !== undefined) this.#enters(lane, seq, place, enters, stays);
    }
    for (const own of stays.values()) earliestOf(own);
    return stays;
  }

  #enters(lane: CompleteLane, seq: number, { by, cmid }: Place, u: number, stays: Map<number, Stay[]>): void {
    const askedNs = this.#commands.invokedNs(lane.group, by, cmid) ?? 0;
    const own = stays.get(u) ?? [];
    own.push({ from: seq, to: Number.POSITIVE_INFINITY, askedNs, earliestNs: askedNs });
    stays.set(u, own);
  }

  #sender({ group }: CompleteLane, seq: number, { kind, by, t }: Place, policy: Policy, stays?: readonly Stay[]): void {
    if (kind === "group.create" || kind === "member.join") return;
    if (isContent(kind)) this.#violations.test("I13");
    if (policy.isMember(by)) return;
    const last = stays?.at(-1);
    if (last !== undefined)
      this.#violations.add("I10", group, `${kind} of ${by} is at ${seq}, and they were removed at ${last.to}`, t);
    if (isContent(kind))
      this.#violations.add("I13", group, `${kind} of ${by} is at ${seq}, where they are no member`, t);
  }

  #allowed({ group }: CompleteLane, seq: number, place: Place, policy: Policy): void {
    if (!policy.judges(place.kind)) return;
    this.#violations.test("I11");
    const why = policy.against(place);
    if (why !== undefined)
      this.#violations.add("I11", group, `${place.kind} of ${place.by} is at ${seq}, and ${why}`, place.t);
  }

  /** What one person saw of a lane, and when first: places where they are in, or older ones once they have asked in. */
  #reached({ group }: CompleteLane, user: number, stays: readonly Stay[], places: ReadonlyMap<number, number>): void {
    for (const [seq, t] of places) {
      const next = firstBehind(stays, seq);
      const stay = stays[next - 1];
      if (stay !== undefined && seq <= stay.to) continue;
      const later = stays[next];
      if (later !== undefined && later.earliestNs < t) continue;
      if (stay === undefined) {
        this.#violations.add("I12", group, `${user} sees ${seq}, and has never been in the group then`, t);
      } else {
        const text = `${user} sees ${seq}, and was removed at ${stay.to}`;
        this.#violations.add("I10", group, text, t);
      }
    }
  }

  #canaries(): void {
    for (const { group, user, t } of this.#asks) if (this.#isStranger(group, user, t)) this.#violations.test("I12");
    for (const { group, shown, user, t } of this.#astray) {
      if (!this.#isStranger(group, user, t)) continue;
      const text = `${user} sees in ${shown} what was said here, and has never been in the group then`;
      this.#violations.add("I12", group, text, t);
    }
  }

  #isStranger(group: number, user: number, t: number): boolean {
    const stays = this.#stays.get(group);
    return stays !== undefined && !(stays.get(user) ?? []).some(({ askedNs }) => askedNs < t);
  }
}

function earliestOf(stays: readonly Stay[]): void {
  let earliest = Number.POSITIVE_INFINITY;
  for (const stay of stays.toReversed()) {
    earliest = Math.min(earliest, stay.askedNs);
    stay.earliestNs = earliest;
  }
}

/** The first stay that begins behind `seq`, by halving. */
function firstBehind(stays: readonly Stay[], seq: number): number {
  let low = 0;
  let high = stays.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((stays[middle]?.from ?? 0) > seq) high = middle;
    else low = middle + 1;
  }
  return low;
}
