import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { shortNumber, tableOf } from "../report/table.ts";
import { type Bound, holds, type Verdict } from "../report/verdict.ts";
import { verdictTable } from "../report/verdict-table.ts";
import type { LoadSize } from "./measured.ts";
import type { Surroundings } from "./surroundings.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const NAME = "timeline";
/** What is stored, and how long pages are read and how many traced. */
export type TimelinePlan = {
  readonly messages: number;
  readonly groups: number;
  readonly seconds: number;
  readonly traced: number;
};
export const TIMELINE_PLANS: Readonly<Record<LoadSize, TimelinePlan>> = {
  full: { messages: 5_000_000, groups: 1_000, seconds: 60, traced: 500 },
  short: { messages: 50_000, groups: 100, seconds: 10, traced: 60 },
};
/** A server that takes a thousand rows a second is still done in time. */
const SECONDS_A_MESSAGE = 0.001;
const BESIDE_MAX_S = 1_800;

/** The last line of the output of services/standalone/timeline. */
type Report = {
  readonly buckets: number;
  readonly rowsPerS: number;
  readonly cpuSPerMillion: number;
  readonly settleS: number;
  readonly largestInOneFileMiB: number;
  readonly largestBucketMiB: number;
  /** What wanted a core of the machine in the minute before the pages. */
  readonly load: number;
  readonly pages: {
    readonly pages: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
    readonly maxMs: number;
    readonly writtenPerS: number;
    readonly wrong: readonly string[];
  };
  readonly trace: {
    readonly pages: number;
    readonly byPartitions: readonly number[];
    readonly needless: number;
    readonly statementsAPage: number;
    readonly filesAPage: number;
    readonly serverP50Ms: number;
    readonly serverP99Ms: number;
    readonly wrong: readonly string[];
  };
};

export type TimelineOutcome = { readonly text: string; readonly json: unknown; readonly ok: boolean };

/**
 * Fills the timeline of a Cassandra that runs, through the code that persists, and reads pages of it. It drives code
 * and not a whole system, so it is a process of the composition's; the keyspace is its own and goes with it.
 */
export async function runTimeline(
  plan: TimelinePlan,
  size: LoadSize,
  { env, say }: Surroundings,
): Promise<TimelineOutcome> {
  if (env["CASSANDRA_CONTACT_POINTS"] === undefined)
    throw new Error("timeline needs a Cassandra: npm run servers, and set the settings it names");
  const counts = Object.entries(plan).flatMap(([name, count]) => [`--${name}`, String(count)]);
  const main = ["--conditions=source", "--import", "tsx", "services/standalone/timeline/main.ts", ...counts];
  const timeout = (plan.messages * SECONDS_A_MESSAGE + BESIDE_MAX_S) * 1_000;
  const running = promisify(execFile)(process.execPath, main, { cwd: ROOT, env, timeout });
  running.child.stdout?.on("data", (text: string) => say(text.trimEnd()));
  const { stdout } = await running;
  const report = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as Report;
  const verdicts = verdictsOf(report, size);
  const wrong = [...report.pages.wrong, ...report.trace.wrong];
  const text = [tableText(plan, report), "", verdictTable(verdicts, 1), ...wrong.slice(0, 10)].join("\n");
  return { text, json: { plan, ...report }, ok: wrong.length === 0 && verdicts.every((verdict) => holds(verdict)) };
}

/** Times are held to a bound in the full form only: the short one is for machines that do other things beside it. */
function verdictsOf({ pages, trace, ...stored }: Report, size: LoadSize): Verdict[] {
  const verdict = (measure: string, value: number, bound: Bound): Verdict => ({
    scenario: NAME,
    measure,
    spread: { min: value, median: value, max: value },
    bound,
  });
  const most = (value: number): Bound => ({ at: "most", value });
  const largest = Math.max(stored.largestBucketMiB, stored.largestInOneFileMiB);
  const held = [
    verdict("largest partition, MiB", largest, most(50)),
    verdict("message partitions a page, at a bucket's edge", trace.byPartitions.length - 1, most(2)),
    verdict("pages that read a partition for nothing", trace.needless, most(0)),
  ];
  if (size === "short") return held;
  return [
    ...held,
    verdict("page p50, ms", pages.p50Ms, most(10)),
    verdict("page p99, ms", pages.p99Ms, most(50)),
    verdict("messages/s written meanwhile", pages.writtenPerS, { at: "least", value: 950 }),
  ];
}

function tableText(plan: TimelinePlan, { pages, trace, ...stored }: Report): string {
  return tableOf([
    ["messages", shortNumber(plan.messages)],
    ["groups", shortNumber(plan.groups)],
    ["buckets", shortNumber(stored.buckets)],
    ["rows/s stored", shortNumber(stored.rowsPerS)],
    ["CPU s of the writing process, a million rows", shortNumber(stored.cpuSPerMillion)],
    ["s until compaction had settled", shortNumber(stored.settleS)],
    ["largest bucket, MiB, as its owner counts", shortNumber(stored.largestBucketMiB)],
    ["largest partition in one file, MiB", shortNumber(stored.largestInOneFileMiB)],
    ["pages read beside writing", shortNumber(pages.pages)],
    ["load of the machine before them", shortNumber(stored.load)],
    ["page p50, p99, max, ms", [pages.p50Ms, pages.p99Ms, pages.maxMs].map(shortNumber).join(" · ")],
    ["messages/s written meanwhile", shortNumber(pages.writtenPerS)],
    ["pages traced, by message partitions read (0, 1, 2 …)", trace.byPartitions.map(shortNumber).join(" · ")],
    ["statements a page, files a page", [trace.statementsAPage, trace.filesAPage].map(shortNumber).join(" · ")],
    ["a traced page at the server, p50, p99, ms", [trace.serverP50Ms, trace.serverP99Ms].map(shortNumber).join(" · ")],
  ]);
}
