import type { Connections, Standing } from "./connections.ts";
import type { Lanes } from "./lanes.ts";
import type { Memberships } from "./memberships.ts";
import type { FaultChange, Heal } from "./record.ts";
import type { Violations } from "./violations.ts";

type At = { readonly t: number };
/** A fault under which groups must be answered all the same, until each was answered after it. */
type Watch = {
  readonly fault: string;
  readonly onNs: number;
  readonly maxMs: number;
  offNs: number;
  /** Groups that were not answered since it is over, and when they were answered last. */
  readonly waiting: Map<number, number>;
};

/** Holds what happens under faults and after them against I17. */
export class Liveness {
  readonly #violations: Violations;
  readonly #connections: Connections;
  #watches: Watch[] = [];
  #heal: (Heal & At) | undefined;
  readonly #online: Standing[] = [];

  constructor(violations: Violations, connections: Connections) {
    this.#violations = violations;
    this.#connections = connections;
  }

  on({ fault, stall, t }: FaultChange & At): void {
    if (stall === undefined) return;
    const waiting = new Map(stall.groups.map((group) => [group, t]));
    this.#watches.push({ fault, onNs: t, maxMs: stall.maxMs, offNs: Number.POSITIVE_INFINITY, waiting });
  }

  off({ fault, t }: FaultChange & At): void {
    for (const watch of this.#watches) if (watch.fault === fault) watch.offNs = t;
  }

  /** A message in the group was answered `ok`. */
  answered(group: number, t: number): void {
    if (this.#watches.length === 0) return;
    for (const watch of this.#watches) {
      const since = watch.waiting.get(group);
      if (since === undefined) continue;
      this.#waited(watch, group, since, t);
      if (t > watch.offNs) watch.waiting.delete(group);
      else watch.waiting.set(group, t);
    }
    this.#watches = this.#watches.filter(({ waiting }) => waiting.size > 0);
  }

  heals(heal: Heal & At): void {
    this.#heal = heal;
  }

  settled(): void {
    if (this.#heal !== undefined) this.#online.push(...this.#connections.standing());
  }

  /** Judges what can be judged only when everything was read; `lastNs`: the end of the history. */
  end(lastNs: number, lanes: Lanes, memberships: Memberships): void {
    for (const watch of this.#watches)
      for (const [group, since] of watch.waiting) this.#waited(watch, group, since, lastNs, "never again");
    const newest = new Map([...lanes.complete()].map(({ group, end }) => [group, end]));
    for (const standing of this.#online) {
      const end = newest.get(standing.group);
      if (end === undefined || memberships.inAtTheEnd(standing.group, standing.user) === false) continue;
      this.#arrived(standing, end);
    }
  }

  #waited({ fault, onNs, maxMs }: Watch, group: number, since: number, t: number, how?: string): void {
    this.#violations.test("I17");
    const waitedMs = (t - since) / 1e6;
    if (waitedMs <= maxMs && how === undefined) return;
    const times = how ?? `for ${Math.round(waitedMs)} ms, over ${maxMs} ms`;
    this.#violations.add("I17", group, `after ${fault} no message was answered ${times}`, Math.max(onNs, since), t);
  }

  #arrived({ conn, group, last, t }: Standing, end: number): void {
    const heal = this.#heal;
    if (heal === undefined) return;
    this.#violations.test("I17");
    if (last === end && t - heal.t <= heal.withinMs * 1e6) return;
    const text = `${conn} is at ${last} of ${end} after ${Math.round((t - heal.t) / 1e6)} ms, over ${heal.withinMs} ms`;
    const wrong = last === end ? text : `${conn} is at ${last} when all is quiet, and the end is ${end}`;
    this.#violations.add("I17", group, wrong, heal.t, t);
  }
}
