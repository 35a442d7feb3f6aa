import type { Clock } from "@guildhall/kernel";
import { because, causeOfAnswer, may } from "@guildhall/model";
import type { FactsAnswer } from "@guildhall/permit/messages";
import type { Answer, Explanation, Question } from "@guildhall/proto";
import type { FactsKeeper, Unknowable } from "./facts/facts.ts";
import type { PermissionMetrics } from "./metrics.ts";

type DecisionPorts = {
  readonly facts: FactsKeeper;
  readonly clock: Clock;
  readonly metrics: PermissionMetrics;
};

/** Decides from facts alone: what cannot be told is never a yes. */
export class Decisions {
  readonly #facts: FactsKeeper;
  readonly #clock: Clock;
  readonly #metrics: PermissionMetrics;

  constructor({ facts, clock, metrics }: DecisionPorts) {
    this.#facts = facts;
    this.#clock = clock;
    this.#metrics = metrics;
  }

  /** The answer if the facts for it are held; otherwise undefined, and `find` gets them. */
  now(question: Question): Answer | undefined {
    const startMs = this.#metrics.isTimed() ? this.#clock.monotonicMs() : 0;
    const known = this.#facts.find(question);
    if (known === undefined) return undefined;
    const answer = may(question, known, this.#clock.nowMs());
    this.#metrics.decided(answer);
    if (startMs !== 0) this.#metrics.timed(this.#clock.monotonicMs() - startMs);
    return answer;
  }

  /** The answer, after waiting for the facts or loading them. */
  async find(question: Question): Promise<Answer> {
    const startMs = this.#metrics.isTimed() ? this.#clock.monotonicMs() : 0;
    const known = await this.#facts.get(question);
    const answer = typeof known === "string" ? refused(known) : may(question, known, this.#clock.nowMs());
    this.#metrics.decided(answer);
    if (startMs !== 0) this.#metrics.timed(this.#clock.monotonicMs() - startMs);
    return answer;
  }

  check(question: Question): Answer | Promise<Answer> {
    return this.now(question) ?? this.find(question);
  }

  async explain(question: Question): Promise<Explanation> {
    const known = await this.#facts.get(question);
    const facts = typeof known === "string" ? { group: null, member: null, on: null } : known;
    const nowMs = this.#clock.nowMs();
    const answer = typeof known === "string" ? refused(known) : may(question, known, nowMs);
    const cause = causeOfAnswer(answer, question, facts);
    return {
      answer,
      ...facts,
      ...(cause === undefined ? {} : { cause }),
      because: because(question, facts, answer, nowMs),
    };
  }

  /** What is known of the group and of `u` in it; null for both where that cannot be told. */
  async facts(g: number, u: number): Promise<FactsAnswer> {
    const known = await this.#facts.get({ g, u, minV: 0 });
    return typeof known === "string" ? { group: null, member: null } : known;
  }
}

function refused(why: Unknowable): Answer {
  return { ok: false, v: 0, lo: 0, hi: 0, rank: 0, why };
}
