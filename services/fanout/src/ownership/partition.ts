import type { Bus, Subscription } from "@guildhall/bus";
import type { Feature, Handler } from "@guildhall/entity";
import type { Journal } from "@guildhall/journal";
import { AppError, type Clock, sleep } from "@guildhall/kernel";
import type { OwnerClient } from "@guildhall/owner";
import {
  type AskRequest,
  type CommandReply,
  commandSpec,
  type FactsRequest,
  type Failure,
  type OpenRequest,
} from "@guildhall/proto";
import type { Store } from "@guildhall/store";
import type { Log } from "@guildhall/telemetry/log";
import {
  askSubject,
  checkArgs,
  cmdSubject,
  decodeCommand,
  factsSubject,
  openSubject,
  pack,
  unpack,
} from "@guildhall/wire";
import { type Appender, appender } from "../commit/append.ts";
import type { Reads } from "../commit/prompt-reads.ts";
import type { Death } from "../commit/records.ts";
import { Refused } from "../commit/refused.ts";
import { OTHER_OWNER_RETRY_MS } from "../commit/term.ts";
import type { Beats } from "../dispatch/beats.ts";
import type { FanoutMetrics } from "../metrics.ts";
import type { Turns } from "../persist/turns.ts";
import { answerAsk, answerFacts, answerOpen, type QuestionPorts, queriesOf } from "../questions/questions.ts";
import type { HandOvers } from "./hand-overs.ts";
import { Ownership } from "./ownership.ts";
import { takeOver } from "./takeover.ts";
import type { Tenure } from "./tenure.ts";

/** Wait before taking over again after a failed append or take-over, ms; doubles up to the second. */
const RETRY_MIN_MS = 200;
const RETRY_MAX_MS = 1_000;
/** Who found another owner's record, and holds the lease all the same, lets that owner notice first, ms. */
const FOREIGN_WAIT_MS = 2_000;
/** After giving up, what the store and other entities do not take in this time is left to the next owner, ms. */
const CLOSE_MAX_MS = 5_000;

export type PartitionPorts = {
  readonly journal: Journal;
  readonly store: Store;
  /** What commands and questions wait for: given up early where the store is away. */
  readonly reads: Reads;
  readonly bus: Bus;
  /** When the beacons of all partitions are said. */
  readonly beats: Beats;
  /** What owners that left have told. */
  readonly handOvers: HandOvers;
  readonly owner: OwnerClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: FanoutMetrics;
  readonly features: readonly Feature[];
  /** A record waits at most this long for others to go to the store with it. */
  readonly gatherMs: number;
  /** Bodies of what waits for the store, in memory; and the turns in which the rest is read again. */
  readonly backlogMemoryBytes: number;
  readonly rereads: Turns;
};

/**
 * One partition in this process: while it is held, takes it over, answers its subjects, and takes it over again when
 * an append failed. Another owner's record makes it step down until the lease says that it is its turn again.
 */
export class Partition implements AsyncDisposable {
  readonly p: number;
  readonly #ports: PartitionPorts;
  readonly #append: Appender;
  readonly #handlers: ReadonlyMap<string, Handler>;
  readonly #queries: ReturnType<typeof queriesOf>;
  /** A copy of what one term has refused may come to the next. */
  readonly #refused = new Refused();
  /** Former ownerships that still store and carry out. */
  readonly #closing = new Set<Promise<void>>();
  #subscriptions: Subscription[] = [];
  /** What is done for a tenure that is not this one any more comes to nothing. */
  #tenure: Tenure | undefined;
  /** The newest tenure, also when it is given up: what has come in is still answered under it. */
  #voice: Tenure | undefined;
  #ownership: Ownership | undefined;
  /** The term that may go on without a new `term` record: its last append was refused for certain. */
  #resumable: { readonly term: number; readonly beacon: number } | undefined;

  constructor(p: number, ports: PartitionPorts) {
    this.p = p;
    this.#ports = ports;
    this.#append = appender(ports.journal, p);
    this.#handlers = new Map(ports.features.flatMap(({ commands }) => Object.entries(commands)));
    this.#queries = queriesOf(ports.features);
  }

  get ownership(): Ownership | undefined {
    return this.#ownership;
  }

  /** Whether it is owned here, and answered for. */
  get serves(): boolean {
    return this.#ownership !== undefined && this.#subscriptions.length > 0;
  }

  /**
   * Takes the partition over and answers for it, as long as `tenure` lasts.
   * @throws what the first take-over throws; it is tried again all the same, unless that was `INTERNAL`.
   */
  async serve(tenure: Tenure): Promise<void> {
    this.#tenure = tenure;
    this.#voice = tenure;
    try {
      await this.#own(tenure);
    } catch (error) {
      if (!isHopeless(error)) void this.#insist(tenure, RETRY_MIN_MS, false);
      throw error;
    }
  }

  /**
   * Takes no more commands; resolves when what was decided is durable, answered and told, and another process may
   * take over. The store gets the rest in the background.
   */
  async leave(): Promise<void> {
    this.#tenure = undefined;
    this.#resumable = undefined;
    const ownership = this.#ownership;
    // First, so that nobody asks here any more; what has arrived is answered.
    this.#stopAnswering();
    await ownership?.leave();
    if (ownership === undefined) return;
    this.#ownership = undefined;
    // Does not reject, and is waited for when this is disposed of.
    void this.#finish(ownership);
  }

  sweep(): void {
    this.#ownership?.sweep();
  }

  /** Leaves, and waits a bounded time for the store. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
    await Promise.all(this.#closing);
  }

  /** @throws what the take-over and the bus throw. */
  async #own(tenure: Tenure): Promise<void> {
    const { clock, metrics, log } = this.#ports;
    const startedMs = clock.monotonicMs();
    const append: Appender = async (expected, data) => {
      if (this.#tenure !== tenure) throw new AppError("UNAVAILABLE", `partition ${this.p} was given up`);
      return await this.#append(expected, data);
    };
    const handed = this.#ports.handOvers.take(this.p);
    const takeover = await takeOver(this.p, { ...this.#ports, append }, this.#resumable?.term, handed);
    if (this.#tenure !== tenure) return;
    const { ep, term, position } = takeover.start;
    const goesOn = term === this.#resumable?.term;
    this.#ownership = new Ownership(takeover, {
      ...this.#ports,
      append: this.#append,
      refused: this.#refused,
      voice: tenure,
      beacon: goesOn ? (this.#resumable?.beacon ?? 0) : 0,
      onDead: (why) => void this.#lost(tenure, why),
    });
    metrics.takeovers.inc();
    log.info("partition_owned", {
      p: this.p,
      ep,
      term,
      position,
      tail: takeover.tail.length,
      handed: takeover.handed !== undefined,
    });
    await this.#answer(tenure);
    log.info("partition_served", { p: this.p, term, tookMs: Math.round(clock.monotonicMs() - startedMs) });
  }

  /** Answers the partition's subjects, if it does not yet. */
  async #answer(tenure: Tenure): Promise<void> {
    if (this.#subscriptions.length > 0) return;
    const { bus } = this.#ports;
    const on = (subject: string, to: (data: Uint8Array) => Promise<unknown>) =>
      bus.answer(subject, async (data) => pack(await to(data)));
    const subscriptions = await Promise.all([
      bus.answer(cmdSubject(this.p), (data) => this.#command(data)),
      on(askSubject(this.p), (data) =>
        this.#question(async (ports) => ({ ok: await answerAsk(ports, this.#queries, unpack(data) as AskRequest) })),
      ),
      on(openSubject(this.p), (data) => this.#question((ports) => answerOpen(ports, unpack(data) as OpenRequest))),
      on(factsSubject(this.p), (data) => this.#question((ports) => answerFacts(ports, unpack(data) as FactsRequest))),
    ]);
    this.#subscriptions.push(...subscriptions);
    if (this.#tenure !== tenure) this.#stopAnswering();
  }

  #stopAnswering(): void {
    for (const subscription of this.#subscriptions.splice(0)) subscription.stop();
  }

  /** A term has ended by itself. Never rejects. */
  async #lost(tenure: Tenure, why: Death): Promise<void> {
    const before = this.#ownership;
    this.#ownership = undefined;
    const goesOn = why === "refused" && before !== undefined;
    const resumable = goesOn ? { term: before.term.term, beacon: before.dispatch.beacon } : undefined;
    const foreign = why === "foreign";
    if (foreign) this.#ports.log.warn("partition_lost", { p: this.p });
    if (foreign && this.#tenure === tenure) this.#stopAnswering();
    if (before !== undefined) await this.#finish(before);
    if (this.#tenure !== tenure) return;
    this.#resumable = resumable;
    await this.#insist(tenure, foreign ? FOREIGN_WAIT_MS : RETRY_MIN_MS, foreign);
  }

  /** Takes over again until it is done or the tenure is over. Never rejects. */
  async #insist(tenure: Tenure, waitMs: number, foreign: boolean): Promise<void> {
    for (let retryMs = waitMs; this.#tenure === tenure; retryMs = Math.min(RETRY_MAX_MS, retryMs * 2)) {
      await sleep(retryMs);
      if (!(await this.#mayTry(tenure, foreign))) continue;
      try {
        return await this.#own(tenure);
      } catch (error) {
        this.#ports.log.error("takeover_failed", error, { p: this.p });
        if (isHopeless(error)) return;
      }
    }
  }

  /**
   * Whether the lease is still this process's. When that cannot be known it goes on as before, unless another owner's
   * record has already said otherwise.
   */
  async #mayTry(tenure: Tenure, foreign: boolean): Promise<boolean> {
    if (this.#tenure !== tenure || tenure.over) return false;
    if (tenure.speaks() && !foreign) return true;
    try {
      return (await tenure.hold()) && this.#tenure === tenure;
    } catch {
      return !foreign && this.#tenure === tenure;
    }
  }

  /** Lets a former ownership store and carry out what it still can. Never rejects. */
  #finish(ownership: Ownership): Promise<void> {
    const closed: Promise<void> = Promise.race([ownership.close(), sleep(CLOSE_MAX_MS)])
      .catch((error: unknown) => this.#ports.log.error("closing_failed", error, { p: this.p }))
      .finally(() => this.#closing.delete(closed));
    this.#closing.add(closed);
    return closed;
  }

  async #command(data: Uint8Array): Promise<Uint8Array> {
    const startedMs = this.#ports.clock.monotonicMs();
    const reply = this.#certain(await this.#run(data));
    const seconds = (this.#ports.clock.monotonicMs() - startedMs) / 1_000;
    if ("ok" in reply && reply.ok.dup === 1) this.#ports.metrics.repeated();
    this.#ports.metrics.commandDone("err" in reply ? reply.err.code : "OK", seconds);
    return pack(reply);
  }

  /**
   * A command comes to everybody who answers for the partition. Whoever may have been replaced cannot say that it has
   * not happened: the next owner may have decided the same one.
   */
  #certain(reply: CommandReply): CommandReply {
    if (!("err" in reply) || reply.err.code !== "UNAVAILABLE" || this.#voice?.speaks() === true) return reply;
    return { err: { ...reply.err, code: "OUTCOME_UNKNOWN" } };
  }

  /** Never rejects: a term does not either. */
  #run(data: Uint8Array): CommandReply | Promise<CommandReply> {
    try {
      const command = decodeCommand(data);
      const spec = commandSpec(command.m);
      const handler = this.#handlers.get(command.m);
      if (spec === undefined || handler === undefined) return { err: { code: "UNKNOWN_METHOD" } };
      if (command.l !== 0) return { err: { code: "NOT_FOUND" } };
      const a = checkArgs(spec.args, command.a);
      const term = this.#ownership?.term;
      if (term === undefined) return notOwner();
      return term.command({ ...command, a }, spec, handler);
    } catch (error) {
      return { err: this.#failure(error) };
    }
  }

  async #question<T>(answer: (ports: QuestionPorts) => Promise<T>): Promise<T | { err: Failure }> {
    const ownership = this.#ownership;
    if (ownership === undefined) return notOwner();
    const { term, dispatch } = ownership;
    try {
      return await answer({ term, dispatch, clock: this.#ports.clock });
    } catch (error) {
      return await term.settled().then(
        () => ({ err: this.#failure(error) }),
        // What it was refused for may never have been.
        (ended: unknown) => ({ err: this.#failure(ended) }),
      );
    }
  }

  #failure(error: unknown): Failure {
    if (!(error instanceof AppError)) {
      this.#ports.log.error("question_failed", error, { p: this.p });
      return { code: "INTERNAL" };
    }
    const { code, d, retryAfterMs } = error;
    return { code, ...(d === undefined ? {} : { d }), ...(retryAfterMs === undefined ? {} : { ra: retryAfterMs }) };
  }
}

/** Trying again would not help: somebody has to look at it. */
function isHopeless(error: unknown): boolean {
  return error instanceof AppError && error.code === "INTERNAL";
}

function notOwner(): { err: Failure } {
  return { err: { code: "UNAVAILABLE", ra: OTHER_OWNER_RETRY_MS } };
}
