import { errorCodeOf } from "@guildhall/kernel";
import type { LaneEvent } from "@guildhall/proto";
import { encodeEvent, encodeHandOver, handOverSubject } from "@guildhall/wire";
import type { Appender } from "../commit/append.ts";
import { type Decided, eventOfEntry, flagsOf } from "../commit/decide.ts";
import type { Acked, Death, Voice } from "../commit/records.ts";
import type { Refused } from "../commit/refused.ts";
import { Term } from "../commit/term.ts";
import { Dispatch } from "../dispatch/dispatch.ts";
import { revocationsIn } from "../dispatch/revocations.ts";
import { Persist } from "../persist/persist.ts";
import { Relay } from "../relay/relay.ts";
import type { PartitionPorts } from "./partition.ts";
import type { TailRecord, Takeover } from "./takeover.ts";

export type OwnershipPorts = PartitionPorts & {
  readonly append: Appender;
  readonly refused: Refused;
  readonly voice: Voice;
  /** The newest beacon of this term, where it goes on after a refused append; 0 for a new term. */
  readonly beacon: number;
  readonly onDead: (why: Death) => void;
};

/** A term with what follows from its records: news, the store, and other entities. */
export class Ownership {
  readonly term: Term;
  readonly dispatch: Dispatch;
  readonly persist: Persist;
  readonly relay: Relay;
  readonly #ports: OwnershipPorts;

  constructor({ start, tail, relayed, handed }: Takeover, ports: OwnershipPorts) {
    const {
      journal,
      store,
      reads,
      bus,
      beats,
      owner,
      clock,
      log,
      metrics,
      voice,
      gatherMs,
      rereads,
      backlogMemoryBytes,
    } = ports;
    this.#ports = ports;
    this.dispatch = new Dispatch(
      { ...start, beacon: ports.beacon },
      { bus, clock, log, beats, speaks: () => voice.speaks(), sayable: () => this.term.settled() },
    );
    this.relay = new Relay({ p: start.p, ep: start.ep, position: relayed }, start.position, {
      journal,
      store,
      owner,
      clock,
      log,
      onParked: () => metrics.parked.inc(),
    });
    this.persist = new Persist(start.p, start.ep, start.stored, {
      store,
      journal,
      memoryMaxBytes: backlogMemoryBytes,
      rereads,
      clock,
      log,
      gatherMs,
      relayed: () => this.relay.position,
      onStored: ({ position, entries }) => {
        this.dispatch.storedTo(position);
        this.term.stored(position, entries);
      },
      onGone: ({ position, entries }) => {
        this.dispatch.goneTo(position);
        this.term.gone(entries);
      },
      onReread: (records) => metrics.reread(records),
    });
    this.term = new Term(start, {
      reads,
      append: ports.append,
      clock,
      log,
      voice,
      refused: ports.refused,
      behind: () => this.persist.behind,
      storedPosition: () => this.persist.stored,
      onAcked: (acked) => this.#acked(acked),
      onDead: ports.onDead,
    });
    for (const one of tail) this.#restore(one);
    if (handed !== undefined) this.term.adopt(handed);
    this.dispatch.begin();
  }

  sweep(): void {
    this.term.sweep();
    this.dispatch.tails.sweep(this.#ports.clock.nowMs());
  }

  /** Takes no more commands; resolves when what was decided is durable, answered and told. */
  async leave(): Promise<void> {
    await this.term.leave();
    // What was lost of the news is found missing by this, and need not wait for the next owner's first.
    if (this.term.alive) {
      this.dispatch.say();
      this.#handOver();
    }
    this.term.end("OUTCOME_UNKNOWN");
    this.dispatch[Symbol.dispose]();
  }

  /** Ends the term and waits until what was acknowledged is stored. */
  async close(): Promise<void> {
    this.term.end("OUTCOME_UNKNOWN");
    this.dispatch[Symbol.dispose]();
    await this.relay[Symbol.asyncDispose]();
    await this.persist[Symbol.asyncDispose]();
  }

  /** Tells whoever comes next what it would have to read; who misses it reads it. */
  #handOver(): void {
    const { bus, log } = this.#ports;
    const { p, ep, term, position: pos } = this.term;
    const [stored, relayed] = [this.persist.stored, this.relay.position];
    try {
      const handOver = { p, ep, term, pos, stored, relayed, ...this.term.memory() };
      bus.publish(handOverSubject(p), encodeHandOver(handOver));
    } catch (error) {
      log.warn("hand_over_failed", { p, outcome: errorCodeOf(error) });
    }
  }

  /** Lays a record that is not stored over the store: at the start, in order. */
  #restore({ position, record, bytes, gone }: TailRecord): void {
    for (const entry of record.e) {
      this.term.restore(entry, position);
      if (entry.s === 0 || gone) continue;
      const event = { entry, bytes: encodeEvent(eventOfEntry(entry)), flags: flagsOf(entry) };
      this.dispatch.tails.add(laneEvent(event, position));
    }
    // The owner before may have ended before it could tell.
    this.dispatch.revoked(revocationsIn(record.e));
    if (gone) this.persist.addGone(position, record.e, bytes);
    else this.persist.add(position, record.e, bytes);
  }

  #acked({ position, record, gather }: Acked): void {
    const { metrics } = this.#ports;
    metrics.record(record.e.length, gather.bytes);
    const events: LaneEvent[] = [];
    for (const decided of gather.decided) if (decided.entry.s > 0) events.push(laneEvent(decided, position));
    this.dispatch.revoked(revocationsIn(record.e));
    this.dispatch.acked(position, events, gather.deltas);
    this.relay.acked(position, record.e);
    this.persist.add(position, record.e, gather.bytes);
  }
}

function laneEvent({ entry, bytes, flags }: Decided, pos: number): LaneEvent {
  return { g: entry.g, l: entry.l, s: entry.s, pv: entry.pv, pos, at: entry.at, flags, bytes };
}
