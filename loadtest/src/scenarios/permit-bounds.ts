import { Closers } from "@guildhall/kernel";
import { runSource } from "../processes/child.ts";
import { spreadOf } from "../report/spread.ts";
import { shortNumber, tableOf } from "../report/table.ts";
import type { Bound, Verdict } from "../report/verdict.ts";
import type { LoadSize, Measured, MeasuredScenario } from "./measured.ts";
import { askOneByOne, askPipelined, openSidecar } from "./permit.ts";
import type { Surroundings } from "./surroundings.ts";

type PermitBoundsPlan = { readonly rounds: number; readonly seconds: number };

const PLANS: Readonly<Record<LoadSize, PermitBoundsPlan>> = {
  full: { rounds: 5, seconds: 4 },
  short: { rounds: 6, seconds: 0.5 },
};
const NAME = "permit";
const MEMBERS = 32;
/** Single questions on their way at once. */
const WINDOW = 256;
/** Not counted: facts are loaded and code is compiled then. */
const WARM_UP_S = 1;
const BENCH_CORE = 0;
const BENCH_ROUND_MAX_MS = 60_000;

type Round = { readonly value: number; readonly wrong: number };
type Measure = { readonly measure: string; readonly bound: Bound; readonly rounds: readonly Round[] };

/** Checks in the process that decides, and over the socket of a sidecar on the other core. */
export const permitBounds: MeasuredScenario = {
  name: NAME,
  about: "permission checks: in process, and over the Unix socket one at a time and pipelined",
  async run(size, around) {
    const plan = PLANS[size];
    const measures = [await inProcess(plan, around), ...(await overSocket(plan, around))];
    const verdicts = measures.map(
      ({ measure, bound, rounds }): Verdict => ({
        scenario: NAME,
        measure,
        spread: spreadOf(rounds.map(({ value }) => value)),
        bound,
      }),
    );
    const rows = verdicts.map(({ measure, spread: { min, median, max } }) => [
      measure,
      ...[min, median, max].map(shortNumber),
    ]);
    const wrong = measures.flatMap(({ rounds }) => rounds).reduce((sum, round) => sum + round.wrong, 0);
    const table = tableOf([["", "min", "median", "max"], ...rows]);
    return { verdicts, text: `${table}\n${wrong} wrong answers`, ok: wrong === 0 } satisfies Measured;
  },
};

async function inProcess({ rounds }: PermitBoundsPlan, { env, say }: Surroundings): Promise<Measure> {
  say("checks in process");
  await using closers = new Closers();
  const child = closers.use(runSource("services/permission/test/in-process.bench.ts", { core: BENCH_CORE, env }));
  const results: Round[] = [];
  // The first round warms it up.
  for (let round = 2; round <= rounds + 1; round++) {
    const line = new RegExp(`^round ${round}: (\\d+) checks/s, (\\d+) wrong$`);
    const [, value, wrong] = await child.line(line, BENCH_ROUND_MAX_MS);
    results.push({ value: Number(value), wrong: Number(wrong) });
  }
  return { measure: "checks in process, a second", bound: { at: "least", value: 1_000_000 }, rounds: results };
}

async function overSocket({ rounds, seconds }: PermitBoundsPlan, around: Surroundings): Promise<Measure[]> {
  await using closers = new Closers();
  const sidecar = await openSidecar({ members: MEMBERS, socket: undefined }, around, closers);
  await askPipelined(sidecar, WINDOW, WARM_UP_S);
  const single: Round[] = [];
  const pipelined: Round[] = [];
  for (let round = 1; round <= rounds; round++) {
    around.say(`round ${round} over the socket`);
    const one = await askOneByOne(sidecar, seconds);
    single.push({ value: one.latency.p99, wrong: one.wrong });
    const many = await askPipelined(sidecar, WINDOW, seconds);
    pipelined.push({ value: many.checksPerSecond, wrong: many.wrong });
  }
  return [
    // Alone on the machine it keeps the bound; where a neighbour has a core for a while, this is what it comes to.
    {
      measure: "over the socket, one at a time: p99, ms",
      bound: { at: "most", value: 0.3, reached: 0.9 },
      rounds: single,
    },
    {
      measure: "over the socket, pipelined: checks a second",
      bound: { at: "least", value: 200_000 },
      rounds: pipelined,
    },
  ];
}
