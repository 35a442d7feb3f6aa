import { wrongCount } from "../driver/faults.ts";
import { spreadOf } from "../report/spread.ts";
import { shortNumber, tableOf } from "../report/table.ts";
import type { GroupReport, Round, TargetName } from "./group-plan.ts";

/** What went wrong in a round, in words; nothing where every message reached everybody once, in order and whole. */
export function faultsOf(round: Round, members: number): string[] {
  const { deliveries, refused, unanswered, astray, closed, notes } = round;
  const faults = Object.entries(deliveries).filter(([name, count]) => name !== "delivered" && count !== 0);
  const others = Object.entries({ refused, unanswered, astray, closed }).filter(([, count]) => count !== 0);
  const texts = [...faults, ...others].map(([name, count]) => `${count} ${name}`);
  const expected = (round.messages - refused) * members;
  if (texts.length === 0 && deliveries.delivered !== expected)
    texts.push(`${deliveries.delivered} deliveries, not ${expected}`);
  if (round.messages === 0) texts.push("no message was sent");
  return [...texts, ...notes];
}

const MEASURES: readonly (readonly [string, (round: Round) => number])[] = [
  ["messages/s", (round) => round.messagesPerSecond],
  ["deliveries/s", (round) => round.deliveriesPerSecond],
  ["CPU s per million deliveries", (round) => round.cpuSecondsPerMillion],
  ["CPU µs a message", (round) => round.cpuMicrosecondsPerMessage],
  ["delivery p50, ms", (round) => round.delivery.p50],
  ["delivery p99, ms", (round) => round.delivery.p99],
  ["delivery max, ms", (round) => round.delivery.max],
  ["answer p50, ms", (round) => round.answer.p50],
  ["answer p99, ms", (round) => round.answer.p99],
  ["answer max, ms", (round) => round.answer.max],
  ["driver busy, % of a core", (round) => (round.driverCpuSeconds / round.seconds) * 100],
];

function rowsOf(name: TargetName, rounds: readonly Round[]): string[][] {
  const measured = MEASURES.map(([what, of]) => {
    const { min, median, max } = spreadOf(rounds.map(of));
    return [`${name}: ${what}`, shortNumber(min), shortNumber(median), shortNumber(max)];
  });
  const delivered = rounds.reduce((sum, { deliveries }) => sum + deliveries.delivered, 0);
  const unchecked = rounds.reduce((sum, { deliveries }) => sum + deliveries.unchecked, 0);
  const wrong = rounds.reduce((sum, { deliveries }) => sum + wrongCount(deliveries), 0);
  return [
    ...measured,
    [`${name}: deliveries in all`, "", String(delivered), ""],
    [`${name}: unchecked deliveries`, "", String(unchecked), ""],
    [`${name}: missing, doubled, reordered, altered`, "", String(wrong - unchecked), ""],
  ];
}

/** What went wrong in any round, in words. */
export function faultsIn({ plan, rounds, warmUpFaults }: GroupReport): string[] {
  const targets = Object.entries(rounds) as [TargetName, readonly Round[]][];
  const faults = targets.flatMap(([name, all]) =>
    all.flatMap((round, i) => faultsOf(round, plan.members).map((fault) => `${name}, round ${i + 1}: ${fault}`)),
  );
  return [...warmUpFaults, ...faults];
}

/** The report for people: the spread over the rounds, and what went wrong. */
export function groupReportText(report: GroupReport): string {
  const { plan, rounds } = report;
  const targets = Object.entries(rounds) as [TargetName, readonly Round[]][];
  const rows = targets.flatMap(([name, all]) => rowsOf(name, all));
  const groups = plan.groups === 1 ? "" : `${plan.groups} groups of `;
  const pace = plan.rate === 0 ? `${plan.window} in flight each` : `${plan.rate} messages/s in all`;
  const head = `${groups}${plan.members} members, ${plan.senders} senders, ${pace}, ${plan.bytes}-byte texts, ${plan.rounds} rounds of ${plan.seconds} s`;
  const cost = (name: TargetName): number =>
    spreadOf((rounds[name] ?? []).map((round) => round.cpuSecondsPerMillion)).median;
  const ratios = (["topic", "gather"] as const)
    .filter((name) => rounds[name] !== undefined && rounds.guildhall !== undefined)
    .map(
      (name) =>
        `guildhall takes ${shortNumber(cost("guildhall") / cost(name))} of the CPU a delivery of the ${name} baseline (medians)`,
    );
  return [head, "", tableOf([["", "min", "median", "max"], ...rows]), "", ...ratios, ...faultsIn(report)].join("\n");
}
