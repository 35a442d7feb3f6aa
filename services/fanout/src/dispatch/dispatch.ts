import type { Bus } from "@guildhall/bus";
import { AppError, type Clock } from "@guildhall/kernel";
import { seeded } from "@guildhall/kernel/seeded";
import type { Beacon, FactsDelta, LaneEvent, Revocation } from "@guildhall/proto";
import type { Log } from "@guildhall/telemetry/log";
import { beaconSubject, encodeBatch, evSubject, pack, personSubject, pvSubject } from "@guildhall/wire";
import type { Beats } from "./beats.ts";
import { Tails } from "./tails.ts";

/** Lanes named in one beacon; when more moved, `all` tells receivers to look at each of theirs. */
const HEADS_MAX = 4_096;

export type DispatchStart = {
  readonly p: number;
  readonly ep: number;
  readonly term: number;
  readonly position: number;
  readonly stored: number;
  /** The newest beacon of this term, where it goes on after a refused append; 0 for a new term. */
  readonly beacon: number;
};

export type DispatchPorts = {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  /** Two a second. */
  readonly beats: Beats;
  /** Whether the owner may speak without asking the journal. */
  readonly speaks: () => boolean;
  /** Resolves, once the journal has shown that it still owns, in the turn that may speak. */
  readonly sayable: () => Promise<void>;
};

/** Tells gateways and sidecars what was acknowledged: events, changed facts, ended sign-ins, and a beacon twice a second. */
export class Dispatch implements Disposable {
  readonly tails: Tails;
  readonly #start: DispatchStart;
  readonly #ports: DispatchPorts;
  #leave: (() => void) | undefined;
  #position: number;
  #stored: number;
  /** Number of the newest beacon; the first of a term is 1. */
  #beacon: number;
  /** A beacon waits until it may be said. */
  #waiting = false;
  #ended = false;

  /** Says nothing before `begin`. */
  constructor(start: DispatchStart, ports: DispatchPorts) {
    this.#start = start;
    this.#ports = ports;
    this.#position = start.position;
    this.#stored = start.stored;
    // One number is left out where a term goes on: what moved since its last beacon is not known here any more.
    this.#beacon = start.beacon === 0 ? 0 : start.beacon + 1;
    this.tails = new Tails(start.stored);
  }

  /** From here on there is a beacon twice a second. */
  begin(): void {
    this.#leave = this.#ports.beats.join(() => this.say());
    this.say();
  }

  get beacon(): number {
    return this.#beacon;
  }

  get stored(): number {
    return this.#stored;
  }

  acked(position: number, events: readonly LaneEvent[], deltas: readonly FactsDelta[]): void {
    const { p, ep, term } = this.#start;
    this.#position = position;
    for (const event of events) this.tails.add(event);
    // Facts first: whoever learns of an event should find the facts it made.
    for (const delta of deltas) this.#publish(pvSubject(p), pack(delta));
    if (events.length > 0) this.#publish(evSubject(p), encodeBatch({ p, ep, term, pos: position, events }));
  }

  /** Sign-ins ended. Told at once; a gateway that does not hear it finds out when it checks its sessions. */
  revoked(revocations: readonly Revocation[]): void {
    for (const revocation of revocations) this.#publish(personSubject(this.#start.p), pack(revocation));
  }

  storedTo(position: number): void {
    this.#stored = position;
    this.tails.stored(position);
  }

  /** Bodies up to here have left memory, and the store does not have them. */
  goneTo(position: number): void {
    this.tails.gone(position);
  }

  /** A beacon now, or as soon as the journal has shown that there is something to say. */
  say(): void {
    if (this.#ports.speaks()) return this.#sendBeacon();
    if (this.#waiting) return;
    this.#waiting = true;
    this.#ports.sayable().then(
      () => {
        this.#waiting = false;
        if (!this.#ended) this.#sendBeacon();
      },
      // The term has ended: it has nothing more to say.
      () => {
        this.#waiting = false;
      },
    );
  }

  [Symbol.dispose](): void {
    if (seeded("rule-2-dead-terms")) return;
    this.#ended = true;
    this.#leave?.();
  }

  #sendBeacon(): void {
    const { p, ep, term } = this.#start;
    const { heads, all } = this.tails.takeMoved(HEADS_MAX);
    this.#beacon++;
    const beacon: Beacon = {
      p,
      ep,
      term,
      n: this.#beacon,
      clk: Math.floor(this.#ports.clock.monotonicMs()),
      pos: this.#position,
      stored: this.#stored,
      ...(this.tails.goneTo > this.#stored ? { gone: this.tails.goneTo } : {}),
      heads: heads.map(({ g, l, s, pv }) => [g, l, s, pv]),
      all,
    };
    this.#publish(beaconSubject(p), pack(beacon));
  }

  /** News that cannot be sent is found missing by its receivers: by the next number or seq. */
  #publish(subject: string, data: Uint8Array): void {
    try {
      this.#ports.bus.publish(subject, data);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.#ports.log.warn("publish_failed", { subject, outcome: error.code });
    }
  }
}
