import { plant, type Seeded } from "@guildhall/kernel/seeded";
import { SITUATIONS, type Situation } from "./checks/situations.ts";
import { type Simulated, simulate } from "./simulate.ts";

/** Failing seeds that are named. */
const NAMED_MAX = 20;

/** What many seeds came to. */
export type Summary = {
  readonly runs: number;
  /** Runs in which no fault met a command in flight: they prove nothing. */
  readonly voidRuns: number;
  readonly faultsInFlight: number;
  readonly acknowledged: number;
  readonly unknown: number;
  readonly seen: number;
  readonly virtualS: number;
  readonly events: number;
  /** A sentence each, with the command that replays it. */
  readonly violations: readonly string[];
  readonly failed: number;
  /** How many seeds met each situation. */
  readonly situations: Readonly<Record<Situation, number>>;
  /** Of all that happened in all seeds. */
  readonly hash: string;
};

export type SeedsOptions = {
  readonly from: number;
  readonly count: number;
  readonly without?: Seeded;
  /** Stops at the first failing seed. */
  readonly first?: boolean;
  /** After so long no more are begun. */
  readonly minutes?: number;
  readonly tell?: (line: string) => void;
};

/** The command that runs one seed again, exactly. */
export function replayOf(seed: number, without?: string): string {
  const rule = without === undefined ? "" : ` --without ${without}`;
  return `node --conditions=seeded --conditions=source --import tsx services/standalone/sim/main.ts --seed ${seed}${rule}`;
}

/** Runs seeds one after another. */
export async function runSeeds({ from, count, without, first, minutes, tell }: SeedsOptions): Promise<Summary> {
  plant(without === undefined ? [] : [without]);
  const untilMs = performance.now() + (minutes ?? Number.POSITIVE_INFINITY) * 60_000;
  const sum = { runs: 0, voidRuns: 0, faultsInFlight: 0, acknowledged: 0, unknown: 0, seen: 0, failed: 0, events: 0 };
  const met = new Map<Situation, number>();
  const violations: string[] = [];
  let virtualMs = 0;
  let hash = "";
  for (let seed = from; seed < from + count && performance.now() < untilMs; seed++) {
    const one: Simulated = await simulate(seed, tell);
    const { counts } = one;
    sum.runs++;
    if (counts.faultsInFlight === 0) sum.voidRuns++;
    sum.faultsInFlight += counts.faultsInFlight;
    sum.acknowledged += counts.acknowledged;
    sum.unknown += counts.unknown;
    sum.seen += counts.seen;
    sum.events += one.events;
    virtualMs += one.virtualMs;
    hash = mix(hash, one.hash);
    for (const situation of one.situations) met.set(situation, (met.get(situation) ?? 0) + 1);
    if (one.violations.length === 0) continue;
    sum.failed++;
    if (violations.length < NAMED_MAX) {
      violations.push(`seed ${seed} ${one.violations.join("; ")}; again: ${replayOf(seed, without)}`);
    }
    if (first === true) break;
  }
  const situations = Object.fromEntries(SITUATIONS.map((name) => [name, met.get(name) ?? 0]));
  return {
    ...sum,
    virtualS: Math.round(virtualMs / 1_000),
    violations,
    situations: situations as Record<Situation, number>,
    hash,
  };
}

/** Situations that no seed met: what is said to hold in them has not been looked at. */
export function neverMet({ situations }: Summary): readonly string[] {
  return SITUATIONS.filter((name) => situations[name] === 0);
}

function mix(one: string, other: string): string {
  let state = 2_166_136_261;
  for (const char of one + other) state = Math.imul(state ^ char.charCodeAt(0), 16_777_619);
  return (state >>> 0).toString(16).padStart(8, "0");
}
