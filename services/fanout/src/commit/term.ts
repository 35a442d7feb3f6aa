import type { Handler } from "@guildhall/entity";
import { AppError, nonceTimeMs } from "@guildhall/kernel";
import { seeded } from "@guildhall/kernel/seeded";
import type { Command, CommandReply, CommandSpec, Entry, Lead } from "@guildhall/proto";
import { CLOCKS_APART_MAX_MS, LIMITS } from "@guildhall/proto/tables";
import { carryOut } from "./carry-out.ts";
import { contextOf, type Decided, factsDelta } from "./decide.ts";
import { Entities } from "./entities.ts";
import { type Entity, type Job, QUEUE_MAX } from "./entity.ts";
import { failure, failureOf } from "./failure.ts";
import type { Outcome } from "./gather.ts";
import { commandHash, hashText } from "./hash.ts";
import { Lane } from "./lane.ts";
import { Leads } from "./leads.ts";
import { Loading } from "./loading.ts";
import { adopt, type Memory, memoryOf } from "./memory.ts";
import { actorOf, type FirstResult } from "./nonces.ts";
import { Paces } from "./paces.ts";
import { type Death, Records } from "./records.ts";
import { Rows } from "./rows.ts";
import type { TermPorts, TermStart } from "./term-ports.ts";

/** Another owner is about to take over: a planned hand-over is done within some such times, ms. */
export const OTHER_OWNER_RETRY_MS = 50;
/** When a command is refused because the store lags, it may come back after this. */
const BEHIND_RETRY_MS = 1_000;

/**
 * One ownership of a partition, from its `term` record to its end. Runs commands one after another,
 * gathers what they decided into records, and answers each when its record is durable. What belongs to
 * a dead term does nothing.
 */
export class Term {
  readonly ep: number;
  readonly term: number;
  readonly p: number;
  readonly rows: Rows;
  readonly #ports: TermPorts;
  readonly #loading: Loading;
  readonly #entities: Entities;
  readonly #paces = new Paces();
  readonly #leads: Leads;
  readonly #stalled = new Set<Entity>();
  readonly #records: Records;
  #alive = true;
  #leaving = false;

  constructor(start: TermStart, ports: TermPorts) {
    this.p = start.p;
    this.ep = start.ep;
    this.term = start.term;
    this.#ports = ports;
    this.#leads = new Leads(start.lead, ports.clock.nowMs());
    this.#records = new Records(start, {
      ...ports,
      lead: () => this.#leads.lead,
      onRoom: () => this.#pumpStalled(),
      onFailed: (why) => this.#failed(why),
    });
    this.#entities = new Entities(ports.clock.nowMs() + CLOCKS_APART_MAX_MS);
    this.rows = new Rows(ports.reads, start.stored, () => ports.clock.monotonicMs());
    this.#loading = new Loading(ports.reads, this.rows);
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Position of the newest acknowledged record. */
  get position(): number {
    return this.#records.position;
  }

  get entities(): number {
    return this.#entities.size;
  }

  /** Lays an acknowledged entry that is not stored yet over the store: at the start, in order. */
  restore(entry: Entry, position: number): void {
    for (const write of entry.w) this.rows.apply(write, position);
    if (entry.s === 0) return;
    const entity = this.#use(entry.g);
    if (entity === undefined) throw new AppError("INTERNAL", `partition ${this.p}: more entities in the tail than fit`);
    let lane = entity.lanes.get(entry.l);
    if (lane === undefined) {
      lane = new Lane(entry.g, entry.l);
      lane.bkAt = -1;
      lane.storedTo = entry.s - 1;
      entity.lanes.set(entry.l, lane);
    }
    lane.advance(entry);
    // Of this lane everything that came afterwards is here too.
    entity.nonces.coveredFromMs = Math.min(entity.nonces.coveredFromMs, entry.at);
    if (!seeded("forget-nonces")) this.#remember(entity, entry);
  }

  /** What the next owner needs of this one's memory. To be called when everything decided is durable. */
  memory(): Memory & { readonly lead: Lead } {
    const { clock } = this.#ports;
    return { ...memoryOf(this.#entities, this.rows, clock.nowMs(), clock.monotonicMs()), lead: this.#leads.lead };
  }

  /** Takes what the owner before had in memory: after the tail was restored. */
  adopt(memory: Memory): void {
    adopt(memory, this.#entities, this.rows, this.#ports.clock.nowMs());
  }

  /** Runs a command in its turn. Resolves once its outcome is durable; never rejects. */
  command(command: Command, spec: CommandSpec, handler: Handler): Promise<CommandReply> {
    return new Promise((settle) => {
      if (!this.#alive || this.#leaving) return settle(failure("UNAVAILABLE", OTHER_OWNER_RETRY_MS));
      const meantFor = this.#meantFor(command);
      if (meantFor !== "this") return settle(this.#elsewhere(meantFor));
      if (this.#ports.behind()) return settle(failure("UNAVAILABLE", BEHIND_RETRY_MS));
      const entity = this.#use(command.g);
      if (entity === undefined) return settle(failure("UNAVAILABLE", 500));
      if (entity.queue.length >= QUEUE_MAX) return settle(failure("UNAVAILABLE", 100));
      entity.queue.push({ command, spec, handler, settle });
      this.#pump(entity);
    });
  }

  /** The lane's head as decided, loaded if need be. What is made of it must wait for `settled`. */
  async lane(g: number, l: number): Promise<Lane> {
    const entity = this.#use(g);
    if (entity === undefined) throw new AppError("UNAVAILABLE", "too many entities", { retryAfterMs: 500 });
    for (;;) {
      const lane = this.#loading.lane(entity, l);
      if (lane !== undefined) return lane;
      await this.#loading.loadLane(entity, l);
    }
  }

  /**
   * Resolves when everything decided so far is durable and may be told, in the turn that may tell it.
   * @throws AppError `UNAVAILABLE` when the term ends first.
   */
  settled(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#records.whenSayable((outcome) => {
        if (outcome === "acked") resolve();
        else reject(new AppError("UNAVAILABLE", "the term ended", { retryAfterMs: 200 }));
      });
    });
  }

  /** The store has everything up to `position`; these entries came with it. */
  stored(position: number, entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.rows.stored(position, entry.w);
      if (entry.s > 0) this.#entities.get(entry.g)?.lanes.get(entry.l)?.stored(entry.s);
    }
  }

  /** The bodies of these entries are in the journal only. */
  gone(entries: readonly Entry[]): void {
    for (const { g, l, s } of entries) if (s > 0) this.#entities.get(g)?.lanes.get(l)?.letGo(s);
  }

  /** Seq of the first entry of the lane that the store does not have; undefined where nothing of it is in memory. */
  unstoredFrom(g: number, l: number): number | undefined {
    const lane = this.#entities.get(g)?.lanes.get(l);
    return lane === undefined ? undefined : lane.storedTo + 1;
  }

  /** Forgets what is old or unused. */
  sweep(): void {
    const nowMs = this.#ports.clock.nowMs();
    this.rows.sweep();
    this.#ports.refused.sweep(this.#ports.clock.monotonicMs());
    this.#entities.sweep(nowMs);
    this.#paces.sweep(nowMs);
  }

  /** Ends the term: everything that waits is told, nothing more is done. */
  end(outcome: Exclude<Outcome, "acked">): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#records.end(outcome);
    this.#ports.refused.forgetUntold();
    this.#turnAway();
  }

  /** Takes no more commands, refuses what waits, and resolves when what was decided is durable and answered. */
  async leave(): Promise<void> {
    this.#leaving = true;
    this.#turnAway();
    await this.#records.settled();
  }

  /** Which term the sender of a command had heard of; this one where it had heard of none. */
  #meantFor({ ep = 0, term = 0 }: Command): "before" | "this" | "after" {
    if (term === 0 || seeded("rule-9-terms") || (ep === this.ep && term === this.term)) return "this";
    return ep < this.ep || (ep === this.ep && term < this.term) ? "before" : "after";
  }

  /**
   * A term before this one may have refused it, and whoever was told so must not find it done. Of what is meant for
   * one after it, this one cannot say that it will not be.
   */
  #elsewhere(meantFor: "before" | "after"): CommandReply {
    if (meantFor === "before") return failure("UNAVAILABLE", OTHER_OWNER_RETRY_MS);
    this.#records.force();
    return failure("OUTCOME_UNKNOWN", 100);
  }

  #turnAway(): void {
    for (const entity of this.#entities.all()) {
      for (const job of entity.queue.splice(0)) job.settle(failure("UNAVAILABLE", OTHER_OWNER_RETRY_MS));
    }
  }

  #use(g: number): Entity | undefined {
    return this.#entities.use(g, this.#ports.clock.nowMs());
  }

  #pump(entity: Entity): void {
    while (this.#alive && !entity.loading) {
      const job = entity.queue[0];
      if (job === undefined) return;
      if (this.#records.full) {
        this.#stalled.add(entity);
        return;
      }
      const load = this.#run(entity, job);
      if (load === undefined) entity.queue.shift();
      else this.#waitFor(entity, load);
    }
  }

  #waitFor(entity: Entity, load: Promise<void>): void {
    entity.loading = true;
    Promise.all([load, this.#loading.loadAhead(entity, this.#ports.clock.nowMs())])
      .catch((error: unknown) => this.#loadFailed(entity, error))
      .finally(() => {
        entity.loading = false;
        this.#pump(entity);
      });
  }

  #loadFailed(entity: Entity, error: unknown): void {
    const job = entity.queue.shift();
    if (!(error instanceof AppError)) this.#ports.log.error("load_failed", error, { p: this.p });
    const definite = error instanceof AppError && error.code === "STALE_NONCE";
    if (definite && job !== undefined) this.#answerLater(job.settle, failure(error.code));
    else job?.settle(failure("UNAVAILABLE", 500));
    this.#pump(entity);
  }

  /** Runs the job, or says what has to be loaded first. */
  #run(entity: Entity, job: Job): Promise<void> | undefined {
    const { command, handler, settle } = job;
    const nowMs = this.#ports.clock.nowMs();
    if (this.#isLate(command) && !seeded("rule-9-deadline")) {
      settle(failure("UNAVAILABLE", 100));
      return undefined;
    }
    const lane = this.#loading.lane(entity, command.l);
    if (lane === undefined) return this.#loading.loadLane(entity, command.l);
    const earliestMs = this.#leads.earliest(nonceTimeMs(command.n));
    if (!entity.nonces.covers(earliestMs) && !seeded("forget-nonces"))
      return this.#loading.loadNonces(entity, command.l, earliestMs);
    const known = this.#knownAnswer(entity, command, nowMs);
    if (known !== undefined) {
      this.#answerLater(settle, known);
      return undefined;
    }
    const ctx = contextOf(command, nowMs, this.#paces.find(command.g, command.l, command.u));
    try {
      const keys = handler.reads(command.a as never, ctx);
      const declared = this.#loading.declared(entity, keys);
      if (declared === undefined) return this.#loading.loadRows(entity, keys);
      const done = carryOut(job, declared, lane, this.#pv(entity), ctx);
      if ("refusal" in done) this.#refuse(job, done.refusal, done.kept);
      else this.#commit(entity, lane, job, done.decided, done.result);
    } catch (error) {
      this.#refuse(job, error);
    }
    return undefined;
  }

  /** Its sender has given up. The deadline is of this process's clock: what names another term did not come this far. */
  #isLate({ dl }: Command): boolean {
    return dl > 0 && dl < this.#ports.clock.monotonicMs();
  }

  /** The answer that needs no handler: a repeat, a refused attempt, or a nonce or version out of date. */
  #knownAnswer(entity: Entity, command: Command, nowMs: number): CommandReply | undefined {
    const refused = this.#ports.refused.find(command);
    if (refused !== undefined) return { err: refused };
    const first = entity.nonces.find(actorOf(command), command.n);
    if (first !== undefined) return this.#repeated(command, first);
    if (nonceTimeMs(command.n) < nowMs - LIMITS.nonceMaxAgeMs) return failure("STALE_NONCE");
    const pv = this.#pv(entity);
    if (command.ifV !== undefined && command.ifV !== pv) return { err: { code: "STALE_VERSION", d: { pv } } };
    if (command.pv > pv) {
      // The edge has verified a newer version than ours: somebody else may own this. An append will tell.
      this.#records.force();
      return failure("PERM_STALE", 100);
    }
    return undefined;
  }

  #repeated(command: Command, first: FirstResult): CommandReply {
    const { s, at, m, pv, hash } = first;
    const result = { s, ep: this.ep, ts: at, m, pv, dup: 1 as const };
    if (hash !== hashText(commandHash(command))) return { err: { code: "CONFLICT", d: result } };
    return { ok: result };
  }

  #pv(entity: Entity): number {
    return entity.lanes.get(0)?.pv ?? 0;
  }

  #commit(entity: Entity, lane: Lane, job: Job, decided: Decided | undefined, result: unknown): void {
    const d = result === undefined ? {} : { d: result };
    if (decided === undefined) {
      return this.#answerLater(job.settle, { ok: { s: 0, ep: this.ep, ts: lane.at, ...d } });
    }
    const { entry, paceForMs = 0 } = decided;
    for (const write of entry.w) this.rows.apply(write, this.#records.next);
    if (entry.s > 0) {
      if (entry.n !== null) this.#leads.note(nonceTimeMs(entry.n), entry.at);
      lane.advance(entry);
      this.#remember(entity, entry, actorOf(job.command));
      if (paceForMs > 0) this.#paces.remember(entry.g, entry.l, entry.u, entry.at, paceForMs);
    }
    const reply: CommandReply = { ok: { s: entry.s, ep: this.ep, ts: entry.at, m: entry.m, pv: entry.pv, ...d } };
    const early = seeded("rule-3-answer-after-ack");
    if (early) job.settle(reply);
    this.#records.add(decided, factsDelta(entry, this.rows, this.ep, this.term), (outcome) => {
      if (early) return;
      if (outcome === "acked") return job.settle(reply);
      if (outcome === "UNAVAILABLE") this.#undone(job, 100);
      else job.settle(failure(outcome, 100));
    });
  }

  #remember(entity: Entity, { u, n, h, s, at, m, pv }: Entry, actor: number | string = u): void {
    if (n !== null && h !== null) entity.nonces.remember(actor, n, { s, at, m, pv, hash: hashText(h) });
  }

  /** `kept`: what goes into the next record with it. */
  #refuse(job: Job, error: unknown, kept?: Decided): void {
    const refusal = failureOf(error);
    if (!(error instanceof AppError)) {
      this.#ports.log.error("handler_failed", error, { p: this.p, method: job.command.m });
    }
    const told = this.#ports.refused.remember(job.command, refusal, this.#ports.clock.monotonicMs());
    const tell = (outcome: Outcome): void => {
      if (outcome !== "acked") return this.#undone(job, 200);
      told();
      job.settle({ err: refusal });
    };
    if (kept === undefined) return this.#records.whenSayable(tell);
    for (const write of kept.entry.w) this.rows.apply(write, this.#records.next);
    this.#records.add(kept, undefined, tell);
  }

  /** Tells that it has not happened: nor may a copy of it, where this term goes on after an append that was refused. */
  #undone({ command, settle }: Job, retryMs: number): void {
    const refusal = failure("UNAVAILABLE", retryMs);
    this.#ports.refused.remember(command, refusal.err, this.#ports.clock.monotonicMs())();
    settle(refusal);
  }

  /** Answers once everything the answer may rest on is durable. */
  #answerLater(settle: (reply: CommandReply) => void, reply: CommandReply): void {
    this.#records.whenSayable((outcome) => settle(outcome === "acked" ? reply : failure("UNAVAILABLE", 200)));
  }

  #pumpStalled(): void {
    // Pumping may stall an entity again, so the set is emptied first.
    const stalled = Array.from(this.#stalled);
    this.#stalled.clear();
    for (const entity of stalled) this.#pump(entity);
  }

  #failed(why: Death): void {
    this.end(why === "unknown" ? "OUTCOME_UNKNOWN" : "UNAVAILABLE");
    this.#ports.onDead(why);
  }
}
