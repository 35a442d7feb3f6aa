import { spreadOf } from "../report/spread.ts";
import type { Bound, Verdict } from "../report/verdict.ts";
import { runGroup } from "./group.ts";
import type { GroupPlan, GroupReport, Round } from "./group-plan.ts";
import { faultsIn, groupReportText } from "./group-report.ts";
import type { LoadSize, MeasuredScenario } from "./measured.ts";

/** What a round of ours must reach, alone or beside the round of the topic baseline that followed it. */
type Measure = {
  readonly measure: string;
  readonly bound: Bound;
  readonly of: (ours: Round, topic: Round) => number;
};

/** Groups in which people speak. */
export type CrowdScenario = {
  readonly name: string;
  readonly about: string;
  readonly plans: Readonly<Record<LoadSize, GroupPlan>>;
  readonly measures: readonly Measure[];
};

export const most = (value: number, reached?: number): Bound => ({
  at: "most",
  value,
  ...(reached === undefined ? {} : { reached }),
});
export const least = (value: number): Bound => ({ at: "least", value });

export const cpu = (bound: Bound): Measure => ({
  measure: "CPU a delivery ÷ topics",
  bound,
  of: (ours, topic) => ours.cpuSecondsPerMillion / topic.cpuSecondsPerMillion,
});
const p50 = (bound: Bound): Measure => ({
  measure: "delivery p50 ÷ topics",
  bound,
  of: (ours, topic) => ours.delivery.p50 / topic.delivery.p50,
});
export const p99 = (bound: Bound): Measure => ({
  measure: "delivery p99 ÷ topics",
  bound,
  of: (ours, topic) => ours.delivery.p99 / topic.delivery.p99,
});

/** The warm-up lets the server's code be compiled before it is measured; that of what a message costs beside its deliveries is late. */
const FULL = { bytes: 100, warmUpSeconds: 5, warmUpMessages: 20_000, warmUpRate: 0, rounds: 3, seconds: 10 } as const;
const SHORT = { bytes: 100, warmUpSeconds: 2, warmUpMessages: 0, warmUpRate: 0, rounds: 3, seconds: 2 } as const;
const BESIDE = ["guildhall", "topic"] as const;
/** So many would have too much in flight if they were to be warmed up as fast as they are answered. */
const TWENTY_FIVES = {
  members: 25,
  senders: 5,
  window: 16,
  rate: 1_000,
  warmUpRate: 1_000,
  targets: BESIDE,
} as const;
/** Alone: it is measured by the message. */
const FOURS = {
  groups: 50,
  members: 4,
  senders: 4,
  window: 4,
  rate: 0,
  warmUpMessages: 20_000,
  targets: ["guildhall"],
} as const;

export const CROWDS: readonly CrowdScenario[] = [
  {
    name: "group-1000",
    about: "one group of 1,000 members in which 4 speak as fast as they are answered",
    plans: {
      full: {
        ...FULL,
        groups: 1,
        members: 1_000,
        senders: 4,
        window: 16,
        rate: 0,
        targets: ["guildhall", "topic", "gather"],
      },
      short: { ...SHORT, groups: 1, members: 1_000, senders: 4, window: 16, rate: 0, targets: BESIDE },
    },
    measures: [
      cpu(most(0.35)),
      {
        measure: "messages/s ÷ topics",
        bound: least(3),
        of: (ours, topic) => ours.messagesPerSecond / topic.messagesPerSecond,
      },
    ],
  },
  {
    name: "group-1000-paced",
    about: "the same group at a fixed 20 messages/s",
    plans: {
      full: { ...FULL, groups: 1, members: 1_000, senders: 4, window: 16, rate: 20, targets: BESIDE },
      short: { ...SHORT, groups: 1, members: 500, senders: 4, window: 16, rate: 20, targets: BESIDE },
    },
    measures: [cpu(most(1.2, 1.5)), p50(most(1.5)), p99(most(1.5, 2))],
  },
  {
    name: "groups-25",
    about: "200 groups of 25 members, 1,000 messages/s in all",
    plans: {
      full: { ...FULL, ...TWENTY_FIVES, groups: 200 },
      short: { ...SHORT, ...TWENTY_FIVES, groups: 40 },
    },
    measures: [cpu(most(2.2, 2.8)), p99(most(2.5, 6))],
  },
  {
    name: "groups-4",
    about: "50 groups of 4 members who all speak as fast as they are answered",
    plans: {
      full: { ...FULL, ...FOURS },
      short: { ...SHORT, ...FOURS },
    },
    measures: [{ measure: "CPU µs a message", bound: most(66, 140), of: (ours) => ours.cpuMicrosecondsPerMessage }],
  },
];

/** What the rounds say to the bounds. A round that has no partner is judged as NaN, which keeps none. */
export function verdictsOf({ name, measures }: CrowdScenario, { rounds }: GroupReport): Verdict[] {
  const { guildhall = [], topic = [] } = rounds;
  return measures.map(({ measure, bound, of }) => {
    const values = guildhall.map((ours, i) => {
      const beside = topic[i];
      // A measure of ours alone looks at no partner.
      return beside === undefined && of.length > 1 ? Number.NaN : of(ours, beside ?? ours);
    });
    return { scenario: name, measure, spread: spreadOf(values), bound };
  });
}

/** The scenario with its own plans and bounds. */
export function measuredCrowd(scenario: CrowdScenario): MeasuredScenario {
  const { name, about, plans } = scenario;
  return {
    name,
    about,
    run: async (size, around, closers) => {
      const report = await runGroup(plans[size], around, closers);
      const text = groupReportText(report);
      return { verdicts: verdictsOf(scenario, report), text, ok: faultsIn(report).length === 0 };
    },
  };
}
