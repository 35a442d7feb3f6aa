import { type Clock, errorCodeOf, sleep } from "@guildhall/kernel";
import type { Leases } from "@guildhall/lease";
import type { Log } from "@guildhall/telemetry/log";
import type { FanoutMetrics } from "../metrics.ts";
import { Alarm } from "./alarm.ts";
import type { Partition } from "./partition.ts";
import { planShare, type View } from "./share.ts";
import { Tenure } from "./tenure.ts";

/** A lease lasts 5 s: three renewals may fail. */
const RENEW_EVERY_MS = 1_000;
/** Others' leases are looked at this often, and when one is given up or comes to be free. */
const LOOK_EVERY_MS = 1_500;
/** Between two looks, whatever happens. */
const LOOK_MIN_MS = 5;
/**
 * What ended by silence is claimed when it has been free for so long: the leases may have been gone, not its owner. Longer
 * than a renewal that the leases did not answer, which takes a second, and the next one.
 */
export const ABSENT_MS = 1_500;
/**
 * Partitions handed over side by side by who leaves: the leases take one change after another, and who waits for its
 * turn is still served here. The next go after `HAND_OVER_STEP_MS` at the latest, whatever the journal does with what is
 * under way.
 */
const HANDED_OVER_AT_ONCE = 4;
const HAND_OVER_STEP_MS = 100;
/**
 * Who has more than is due gives up one partition after another, so long apart: who gets them has most often just been
 * started, and the first of all that it does takes long.
 */
const EVENED_OUT_EVERY_MS = 100;

const PARTITION = "p.";
const MEMBER = "member.";

export type DistributionPorts = {
  readonly leases: Leases;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: FanoutMetrics;
};

/**
 * Spreads the partitions over the processes that are there: says that this one is, keeps what it holds, claims what
 * is free up to its share and gives up what is above it. Leases that do not answer change nothing.
 */
export class Distribution implements AsyncDisposable {
  readonly #partitions: readonly Partition[];
  readonly #ports: DistributionPorts;
  readonly #member: Tenure;
  readonly #tenures = new Map<number, Tenure>();
  /** Partitions that are on their way to or from this process. */
  readonly #moving = new Set<number>();
  #eveningOut = false;
  readonly #renewAlarm = new Alarm();
  readonly #lookAlarm = new Alarm();
  /** As of the last look, how many are this process's share. */
  #due = Number.POSITIVE_INFINITY;
  #closing = false;
  #loops: readonly Promise<void>[] = [];

  constructor(partitions: readonly Partition[], ports: DistributionPorts) {
    this.#partitions = partitions;
    this.#ports = ports;
    this.#member = new Tenure(MEMBER + ports.leases.holder, ports.leases, ports.clock);
  }

  /** Whether this process has its share of the partitions and serves it. */
  get ready(): boolean {
    if (this.#tenures.size < this.#due || this.#closing) return false;
    return [...this.#tenures.keys()].every((p) => this.#partitions[p]?.serves === true);
  }

  /** Resolves when what can be claimed at once is served. @throws what the leases and the take-overs throw. */
  async start(): Promise<void> {
    await this.#member.hold();
    const { claim } = await this.#look();
    this.#ports.leases.onReleased((name) => this.#released(name));
    await Promise.all(claim.map((p) => this.#claim(p)));
    // Both end when this is closed.
    this.#loops = [this.#keepRenewing(), this.#keepLooking()];
  }

  /** Hands everything over: the others take each partition as soon as it is free. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    this.#renewAlarm.ring();
    this.#lookAlarm.ring();
    await Promise.all(this.#loops);
    // First, so that the others count their shares without this process.
    await this.#release(this.#member);
    await this.#giveUpAll([...this.#tenures.keys()]);
  }

  async #keepRenewing(): Promise<void> {
    const { clock } = this.#ports;
    for (;;) {
      const sinceMs = clock.monotonicMs();
      await Promise.all([this.#member, ...this.#tenures.values()].map((tenure) => this.#renew(tenure)));
      for (const [p, { over }] of this.#tenures) if (over) void this.#lose(p);
      await this.#renewAlarm.wait(Math.max(LOOK_MIN_MS, RENEW_EVERY_MS - (clock.monotonicMs() - sinceMs)));
      if (this.#closing) return;
    }
  }

  async #keepLooking(): Promise<void> {
    for (;;) {
      await this.#lookAlarm.wait(this.#nextLookMs());
      if (this.#closing) return;
      try {
        const { claim, giveUp } = await this.#look();
        if (this.#closing) return;
        for (const p of claim) this.#claim(p).catch((error: unknown) => this.#claimFailed(p, error));
        if (giveUp.length > 0 && !this.#eveningOut) void this.#evenOut(giveUp);
      } catch (error) {
        this.#failed("look", error);
      }
    }
  }

  /**
   * What is given up, and is due here as of the last look, is claimed without another look: that would ask the leases
   * while nobody serves it. Of several who do so one has it, and the others look.
   */
  #released(name: string): void {
    this.#lookAlarm.ring();
    if (!name.startsWith(PARTITION) || this.#closing || this.#count >= this.#due) return;
    const p = Number(name.slice(PARTITION.length));
    if (this.#partitions[p] === undefined || this.#tenures.has(p) || this.#moving.has(p)) return;
    this.#claim(p).catch((error: unknown) => this.#claimFailed(p, error));
  }

  /** What is held or on its way here. What is on its way elsewhere counts, too: who gives up has more than is due. */
  get #count(): number {
    return new Set([...this.#tenures.keys(), ...this.#moving]).size;
  }

  /** When the first of what nobody holds may be claimed, and `LOOK_EVERY_MS` at most. */
  #nextLookMs(): number {
    const { leases } = this.#ports;
    const waits = this.#partitions.map(({ p }) => ABSENT_MS - leases.freeForMs(PARTITION + p));
    const first = Math.min(LOOK_EVERY_MS, ...waits.filter((ms) => ms > 0 && ms < ABSENT_MS));
    return Math.max(LOOK_MIN_MS, Math.ceil(first));
  }

  async #look(): Promise<{ claim: readonly number[]; giveUp: readonly number[] }> {
    const { leases } = this.#ports;
    const plan = planShare(this.#viewOf(await leases.held()));
    this.#due = plan.share;
    return { claim: plan.claim.filter((p) => !this.#moving.has(p)), giveUp: plan.giveUp };
  }

  #viewOf(held: ReadonlyMap<string, string>): View {
    const { leases } = this.#ports;
    const me = leases.holder;
    const members: string[] = [];
    const holders = new Map<number, string>();
    for (const [name, holder] of held) {
      if (name.startsWith(MEMBER)) members.push(holder);
      // What this process has given up and could not release is nobody's until it ends.
      if (name.startsWith(PARTITION)) holders.set(Number(name.slice(PARTITION.length)), holder === me ? "" : holder);
    }
    for (const p of this.#tenures.keys()) holders.set(p, me);
    const all = this.#partitions.map(({ p }) => p);
    const free = all.filter((p) => !holders.has(p) && leases.freeForMs(PARTITION + p) >= ABSENT_MS);
    return { me, members, partitions: all.length, holders, free: new Set(free) };
  }

  /** @throws what the leases and the take-over throw; the partition goes on trying to take over. */
  async #claim(p: number): Promise<void> {
    const { leases, clock } = this.#ports;
    const tenure = new Tenure(PARTITION + p, leases, clock);
    this.#moving.add(p);
    try {
      if (!(await tenure.hold())) return;
      if (this.#closing) return await this.#release(tenure);
      this.#tenures.set(p, tenure);
      await this.#partitions[p]?.serve(tenure);
    } finally {
      this.#moving.delete(p);
    }
  }

  /** Never rejects. */
  async #giveUpAll(all: readonly number[]): Promise<void> {
    const given: Promise<void>[] = [];
    for (let i = 0; i < all.length; i += HANDED_OVER_AT_ONCE) {
      const some = all.slice(i, i + HANDED_OVER_AT_ONCE).map((p) => this.#giveUp(p));
      given.push(...some);
      await Promise.race([Promise.all(some), sleep(HAND_OVER_STEP_MS)]);
    }
    await Promise.all(given);
  }

  /** Never rejects. */
  async #evenOut(all: readonly number[]): Promise<void> {
    this.#eveningOut = true;
    for (const p of all) {
      if (this.#closing) break;
      await Promise.all([this.#giveUp(p), sleep(EVENED_OUT_EVERY_MS)]);
    }
    this.#eveningOut = false;
  }

  /** Never rejects. */
  async #giveUp(p: number): Promise<void> {
    const tenure = this.#tenures.get(p);
    const partition = this.#partitions[p];
    if (tenure === undefined || partition === undefined) return;
    this.#moving.add(p);
    this.#tenures.delete(p);
    const sinceMs = this.#ports.clock.monotonicMs();
    await partition.leave();
    await this.#release(tenure);
    this.#moving.delete(p);
    this.#ports.metrics.handOvers.inc();
    const tookMs = Math.round(this.#ports.clock.monotonicMs() - sinceMs);
    this.#ports.log.info("partition_handed_over", { p, tookMs });
  }

  /** Somebody else has the lease. Never rejects. */
  async #lose(p: number): Promise<void> {
    this.#tenures.delete(p);
    this.#ports.metrics.leasesLost.inc();
    this.#ports.log.warn("lease_lost", { p });
    await this.#partitions[p]?.leave();
  }

  /** Never rejects. */
  async #renew(tenure: Tenure): Promise<void> {
    await tenure.hold().catch((error: unknown) => this.#failed(tenure.name, error));
  }

  /** Never rejects: what cannot be released ends by itself. */
  async #release(tenure: Tenure): Promise<void> {
    await tenure.release().catch((error: unknown) => this.#failed(tenure.name, error));
  }

  #failed(what: string, error: unknown): void {
    this.#ports.metrics.leaseFailures.inc();
    this.#ports.log.warn("leases_failed", { what, outcome: errorCodeOf(error) });
  }

  #claimFailed(p: number, error: unknown): void {
    this.#ports.log.error("claim_failed", error, { p });
  }
}
