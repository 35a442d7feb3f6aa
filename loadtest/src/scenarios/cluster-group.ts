import { Closers } from "@guildhall/kernel";
import { asServer, runningCluster } from "../processes/cluster.ts";
import { spreadOf } from "../report/spread.ts";
import { shortNumber, tableOf } from "../report/table.ts";
import { type CrowdScenario, cpu, most, p99, verdictsOf } from "./crowds.ts";
import { runGroup } from "./group.ts";
import type { Round } from "./group-plan.ts";
import { faultsIn, groupReportText } from "./group-report.ts";
import type { Measured, MeasuredScenario } from "./measured.ts";

const GATEWAYS = 2;
const TURNS = { groups: 1, bytes: 100, senders: 4, window: 16, warmUpMessages: 0, warmUpRate: 0, rounds: 3 } as const;
const FULL = { ...TURNS, members: 1_000, warmUpSeconds: 5, seconds: 10 } as const;
const SHORT = { ...TURNS, members: 200, warmUpSeconds: 2, seconds: 2 } as const;
const targets = ["guildhall", "topic"] as const;

/** One after the other, each with people of its own. */
export const PARTS: readonly CrowdScenario[] = [
  {
    name: "cluster-group",
    about: "as fast as they are answered",
    plans: { full: { ...FULL, rate: 0, targets }, short: { ...SHORT, rate: 0, targets } },
    measures: [cpu(most(0.6))],
  },
  {
    name: "cluster-group",
    about: "at 20 messages/s",
    plans: { full: { ...FULL, rate: 20, targets }, short: { ...SHORT, rate: 20, targets } },
    measures: [p99(most(2.5))],
  },
];

/** CPU is that of all processes of ours, with the gateways, fanouts, the sidecar and the api; not that of the servers. */
export const clusterGroup: MeasuredScenario = {
  name: "cluster-group",
  about: "one group of 1,000 spread over two gateways of a cluster that runs, beside the topic baseline",
  async run(size, around) {
    const cluster = await runningCluster();
    const gateways = cluster.gateways.slice(0, GATEWAYS);
    if (gateways.length < GATEWAYS) throw new Error("the cluster has one gateway: npm run cluster -- add gateway");
    const urls = gateways.map(({ url }) => url);
    const where = asServer(cluster, urls, cluster.processes);
    const measured: Measured[] = [];
    for (const part of PARTS) {
      around.say(`members speak ${part.about}`);
      await using closers = new Closers();
      const report = await runGroup(part.plans[size], { ...around, where, operatorKey: cluster.operatorKey }, closers);
      const verdicts = verdictsOf(part, report);
      const text = `${groupReportText(report)}\n\n${costsText(cluster.names, report.rounds.guildhall ?? [])}`;
      measured.push({ verdicts, text, ok: faultsIn(report).length === 0 });
    }
    return {
      verdicts: measured.flatMap(({ verdicts }) => verdicts),
      text: measured.map(({ text }) => text).join("\n\n"),
      ok: measured.every(({ ok }) => ok),
    };
  },
};

/** Where the CPU went, process by process. */
function costsText(names: readonly string[], rounds: readonly Round[]): string {
  const rows = names.map((name, i) => {
    const { min, median, max } = spreadOf(
      rounds.map(({ cpuSecondsEach, deliveries }) => ((cpuSecondsEach[i] ?? 0) / deliveries.delivered) * 1e6),
    );
    return [`${name}: CPU s per million deliveries`, ...[min, median, max].map(shortNumber)];
  });
  return tableOf([["", "min", "median", "max"], ...rows]);
}
