import type { Bus } from "@guildhall/bus";
import { partitionOf } from "@guildhall/kernel";
import { SEED_ROLES } from "@guildhall/model";
import type { FactsDelta, FactsReply, FactsRequest, GroupFacts, MemberFacts } from "@guildhall/proto";
import { beaconSubject, factsSubject, pack, pvSubject, unpack } from "@guildhall/wire";

type State = { group: GroupFacts; readonly members: Map<number, MemberFacts> };
type Change = { readonly group?: Partial<GroupFacts>; readonly members?: readonly (readonly [number, MemberFacts])[] };
type Head = readonly [g: number, lane: number, seq: number, v: number];

/**
 * Stands in for the owners of all partitions: tells facts and publishes deltas and beacons, when the test
 * says so and as the test says. It can lose what it publishes, and hold its answers back.
 */
export class FakeOwner {
  ep = 1;
  term = 1;
  /** Number of the last beacon, of every partition. */
  beaconNumber = 0;
  /** What was asked, in order. */
  readonly asked: FactsRequest[] = [];
  /** While it is a promise, answers wait for it, and are made before the wait. */
  held: Promise<void> | undefined;
  /** Answers nothing but this. */
  failure: FactsReply | undefined;
  readonly #bus: Bus;
  readonly #partitions: number;
  readonly #groups = new Map<number, State>();

  private constructor(bus: Bus, partitions: number) {
    this.#bus = bus;
    this.#partitions = partitions;
  }

  static async open(bus: Bus, partitions: number): Promise<FakeOwner> {
    const owner = new FakeOwner(bus, partitions);
    for (let p = 0; p < partitions; p++) {
      await bus.answer(factsSubject(p), (data) => owner.#tell(unpack(data) as FactsRequest));
    }
    return owner;
  }

  add(
    group: Pick<GroupFacts, "g" | "owner"> & Partial<GroupFacts>,
    members: Iterable<readonly [number, MemberFacts]> = [],
  ): void {
    const whole: GroupFacts = { v: 1, state: "active", muteAll: false, roles: SEED_ROLES, ...group };
    this.#groups.set(group.g, { group: whole, members: new Map(members) });
  }

  /** Moves the group on by one version; `lost`: nobody hears of it. */
  change(g: number, change: Change, { lost = false } = {}): number {
    const state = this.#groups.get(g);
    if (state === undefined) throw new Error(`there is no group ${g}`);
    const pp = state.group.v;
    state.group = { ...state.group, ...change.group, v: pp + 1 };
    for (const [u, facts] of change.members ?? []) state.members.set(u, facts);
    const delta = {
      g,
      ep: this.ep,
      term: this.term,
      pp,
      pv: pp + 1,
      ...(change.group === undefined ? {} : { group: state.group }),
      members: change.members ?? [],
    };
    if (!lost) this.send(delta);
    return pp + 1;
  }

  send(delta: FactsDelta): void {
    this.#bus.publish(pvSubject(partitionOf(delta.g, this.#partitions)), pack(delta));
  }

  /** A beacon on every partition. `skip`: so many beacons were lost before it. */
  beacon({ heads = [], skip = 0, all = false }: { heads?: readonly Head[]; skip?: number; all?: boolean } = {}): void {
    this.beaconNumber += 1 + skip;
    for (let p = 0; p < this.#partitions; p++) {
      const own = heads.filter(([g]) => partitionOf(g, this.#partitions) === p);
      const beacon = { p, ep: this.ep, term: this.term, n: this.beaconNumber, pos: 0, stored: 0, heads: own, all };
      this.#bus.publish(beaconSubject(p), pack(beacon));
    }
  }

  /** Another process owns all partitions from now on. */
  succeed(): void {
    this.term++;
    this.beaconNumber = 0;
  }

  async #tell(request: FactsRequest): Promise<Uint8Array> {
    this.asked.push(request);
    const reply = pack(this.failure ?? this.#reply(request));
    await this.held;
    return reply;
  }

  #reply({ g, u }: FactsRequest): FactsReply {
    const state = this.#groups.get(g);
    if (state === undefined) return { err: { code: "NOT_FOUND" } };
    const members = u.map((one) => [one, state.members.get(one) ?? null] as const);
    return { ep: this.ep, term: this.term, beacon: this.beaconNumber, group: state.group, members };
  }
}
