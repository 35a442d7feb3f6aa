import type { RoundResult } from "../driver/messages.ts";

export const TARGETS = ["guildhall", "topic", "gather"] as const;
/** Our system, and the two bare servers it is measured against. */
export type TargetName = (typeof TARGETS)[number];

/** What a scenario of groups is told. */
export type GroupPlan = {
  readonly groups: number;
  /** Of each group, and those of them who speak. */
  readonly members: number;
  readonly senders: number;
  /** Messages of a sender on their way at once. */
  readonly window: number;
  readonly bytes: number;
  /** Messages a second of all groups together; 0: as fast as they are answered. */
  readonly rate: number;
  /** Before the first round, checked as the rounds are but not measured. */
  readonly warmUpSeconds: number;
  /** As `rate`, meanwhile. */
  readonly warmUpRate: number;
  /** It is repeated, WARM_UP_TURNS times at most, until this many messages were sent: only then is the code compiled. */
  readonly warmUpMessages: number;
  readonly rounds: number;
  readonly seconds: number;
  /** The servers that take turns. */
  readonly targets: readonly TargetName[];
};

/** All rounds together end while the access tokens of the set-up, good for 10 minutes, hold. */
const SPEAKING_MAX_S = 360;
/** On a machine that has much else to do the measuring begins with code that is not compiled yet. */
export const WARM_UP_TURNS = 5;
/** One driver process holds this many connections. */
const PEOPLE_MAX = 10_000;
const IN_FLIGHT_MAX = 4_096;

/** One round of one server, with what it cost. */
export type Round = RoundResult & {
  readonly cpuSeconds: number;
  /** Of each process whose CPU counts. */
  readonly cpuSecondsEach: readonly number[];
  /** A million deliveries, and a message that was answered `ok`. */
  readonly cpuSecondsPerMillion: number;
  readonly cpuMicrosecondsPerMessage: number;
  readonly messagesPerSecond: number;
  readonly deliveriesPerSecond: number;
};

export type GroupReport = {
  readonly plan: GroupPlan;
  /** What the warm-up of each server had wrong, in words. */
  readonly warmUpFaults: readonly string[];
  readonly rounds: Readonly<Partial<Record<TargetName, readonly Round[]>>>;
};

/** @throws Error for a plan that cannot be carried out, one sentence. */
export function checkPlan(plan: GroupPlan): GroupPlan {
  const servers = plan.targets.length;
  if (plan.senders > plan.members) throw new Error("there must be at least as many members as senders");
  if (plan.bytes < 16) throw new Error("a text has at least 16 bytes: it names its sender and its number");
  if (plan.groups * plan.members > PEOPLE_MAX) throw new Error(`at most ${PEOPLE_MAX} members in all groups`);
  // At a rate the window is only a bound that is not met.
  const isUnpaced = plan.rate === 0 || (plan.warmUpSeconds > 0 && plan.warmUpRate === 0);
  if (isUnpaced && plan.groups * plan.senders * plan.window > IN_FLIGHT_MAX)
    throw new Error(`at most ${IN_FLIGHT_MAX} messages may be on their way`);
  if ((plan.warmUpSeconds * WARM_UP_TURNS + plan.rounds * plan.seconds) * servers > SPEAKING_MAX_S) {
    throw new Error(
      `${plan.rounds} rounds of ${plan.seconds} s on ${servers} servers: at most ${SPEAKING_MAX_S} s in all`,
    );
  }
  return plan;
}

export function roundOf(result: RoundResult, cpuSecondsEach: readonly number[]): Round {
  const { delivered } = result.deliveries;
  const cpuSeconds = cpuSecondsEach.reduce((sum, one) => sum + one, 0);
  const answered = result.messages - result.refused - result.unanswered;
  return {
    ...result,
    cpuSeconds,
    cpuSecondsEach,
    cpuSecondsPerMillion: delivered === 0 ? Number.NaN : (cpuSeconds / delivered) * 1e6,
    cpuMicrosecondsPerMessage: answered === 0 ? Number.NaN : (cpuSeconds / answered) * 1e6,
    messagesPerSecond: result.messages / result.seconds,
    deliveriesPerSecond: delivered / result.seconds,
  };
}
