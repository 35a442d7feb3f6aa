import type { RoundResult } from "../driver/messages.ts";

export const TARGETS = ["guildhall", "topic", "gather"] as const;
/** Our system, and the two bare servers it is measured against. */
export type TargetName = (typeof TARGETS)[number];

/** What the group scenario is told. */
export type GroupPlan = {
  readonly members: number;
  readonly senders: number;
  readonly window: number;
  readonly bytes: number;
  readonly rate: number;
  readonly rounds: number;
  readonly seconds: number;
  /** The servers that take turns. */
  readonly targets: readonly TargetName[];
};

/** All rounds together end while the access tokens of the set-up, good for 10 minutes, hold. */
const SPEAKING_MAX_S = 360;

/** One round of one server, with what it cost. */
export type Round = RoundResult & {
  readonly cpuSeconds: number;
  readonly cpuSecondsPerMillion: number;
  readonly messagesPerSecond: number;
  readonly deliveriesPerSecond: number;
};

export type GroupReport = {
  readonly plan: GroupPlan;
  readonly rounds: Readonly<Partial<Record<TargetName, readonly Round[]>>>;
};

/** @throws Error for a plan that cannot be carried out, one sentence. */
export function checkPlan(plan: GroupPlan): GroupPlan {
  const servers = plan.targets.length;
  if (plan.senders > plan.members) throw new Error("there must be at least as many members as senders");
  if (plan.bytes < 16) throw new Error("a text has at least 16 bytes: it names its sender and its number");
  if (plan.window * plan.senders > 4_096) throw new Error("at most 4,096 messages may be on their way");
  if (plan.rounds * plan.seconds * servers > SPEAKING_MAX_S) {
    throw new Error(
      `${plan.rounds} rounds of ${plan.seconds} s on ${servers} servers: at most ${SPEAKING_MAX_S} s in all`,
    );
  }
  return plan;
}

export function roundOf(result: RoundResult, cpuSeconds: number): Round {
  const { delivered } = result.deliveries;
  return {
    ...result,
    cpuSeconds,
    cpuSecondsPerMillion: delivered === 0 ? Number.NaN : (cpuSeconds / delivered) * 1e6,
    messagesPerSecond: result.messages / result.seconds,
    deliveriesPerSecond: delivered / result.seconds,
  };
}
