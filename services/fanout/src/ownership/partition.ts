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
import { Refused } from "../commit/refused.ts";
import type { Death } from "../commit/term.ts";
import type { FanoutMetrics } from "../metrics.ts";
import { answerAsk, answerFacts, answerOpen, type QuestionPorts, queriesOf } from "../questions/questions.ts";
import { Ownership } from "./ownership.ts";
import { takeOver } from "./takeover.ts";

/** Wait before taking over again after a failed append or take-over, ms; doubles up to the second. */
const RETRY_MIN_MS = 200;
const RETRY_MAX_MS = 5_000;

export type PartitionPorts = {
  readonly journal: Journal;
  readonly store: Store;
  readonly bus: Bus;
  readonly owner: OwnerClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: FanoutMetrics;
  readonly features: readonly Feature[];
};

/**
 * One partition in this process: answers its subjects, takes it over, and takes it over again when an
 * append failed. Another owner's record makes it step down for good.
 */
export class Partition implements AsyncDisposable {
  readonly p: number;
  readonly #ports: PartitionPorts;
  readonly #append: Appender;
  readonly #handlers: ReadonlyMap<string, Handler>;
  readonly #queries: ReturnType<typeof queriesOf>;
  readonly #subscriptions: Subscription[] = [];
  /** A copy of what one term has refused may come to the next. */
  readonly #refused = new Refused();
  #ownership: Ownership | undefined;
  /** The term that may go on without a new `term` record: its last append was refused for certain. */
  #resumable: { readonly term: number; readonly beacon: number } | undefined;
  #closing = false;
  #steppedDown = false;

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

  get steppedDown(): boolean {
    return this.#steppedDown;
  }

  /** Resolves when the partition is owned and answered for. @throws what the first take-over throws. */
  async start(): Promise<void> {
    const { bus } = this.#ports;
    await this.#own();
    const answer = async (subject: string, to: (data: Uint8Array) => Promise<unknown>) => {
      this.#subscriptions.push(await bus.answer(subject, async (data) => pack(await to(data))));
    };
    this.#subscriptions.push(await bus.answer(cmdSubject(this.p), (data) => this.#command(data)));
    await answer(askSubject(this.p), (data) =>
      this.#question(async (ports) => ({ ok: await answerAsk(ports, this.#queries, unpack(data) as AskRequest) })),
    );
    await answer(openSubject(this.p), (data) =>
      this.#question((ports) => answerOpen(ports, unpack(data) as OpenRequest)),
    );
    await answer(factsSubject(this.p), (data) =>
      this.#question((ports) => answerFacts(ports, unpack(data) as FactsRequest)),
    );
  }

  sweep(): void {
    this.#ownership?.sweep();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    for (const subscription of this.#subscriptions) subscription.stop();
    await this.#ownership?.close();
    this.#ownership = undefined;
  }

  async #own(): Promise<void> {
    const { journal, store } = this.#ports;
    const takeover = await takeOver(this.p, journal, store, this.#append, this.#resumable?.term);
    const goesOn = takeover.start.term === this.#resumable?.term;
    this.#ownership = new Ownership(takeover, {
      ...this.#ports,
      append: this.#append,
      refused: this.#refused,
      beacon: goesOn ? (this.#resumable?.beacon ?? 0) : 0,
      onDead: (why) => void this.#lost(why),
    });
    this.#ports.log.info("partition_owned", {
      p: this.p,
      ep: takeover.start.ep,
      term: takeover.start.term,
      position: takeover.start.position,
      tail: takeover.tail.length,
    });
  }

  /** Takes over again, unless another owner has. Never rejects. */
  async #lost(why: Death): Promise<void> {
    const before = this.#ownership;
    this.#ownership = undefined;
    const goesOn = why === "refused" && before !== undefined;
    this.#resumable = goesOn ? { term: before.term.term, beacon: before.dispatch.beacon } : undefined;
    await before?.close();
    if (why === "foreign") {
      this.#steppedDown = true;
      this.#ports.log.warn("partition_lost", { p: this.p });
      return;
    }
    for (let retryMs = RETRY_MIN_MS; !this.#closing; retryMs = Math.min(RETRY_MAX_MS, retryMs * 2)) {
      await sleep(retryMs);
      try {
        return await this.#own();
      } catch (error) {
        this.#ports.log.error("takeover_failed", error, { p: this.p });
        if (error instanceof AppError && error.code === "INTERNAL") return;
      }
    }
  }

  async #command(data: Uint8Array): Promise<Uint8Array> {
    const startedMs = this.#ports.clock.monotonicMs();
    const reply = await this.#run(data);
    const seconds = (this.#ports.clock.monotonicMs() - startedMs) / 1_000;
    this.#ports.metrics.commandDone("err" in reply ? reply.err.code : "OK", seconds);
    return pack(reply);
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
    try {
      return await answer({ term: ownership.term, dispatch: ownership.dispatch, clock: this.#ports.clock });
    } catch (error) {
      return { err: this.#failure(error) };
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

function notOwner(): { err: Failure } {
  return { err: { code: "UNAVAILABLE", ra: 200 } };
}
