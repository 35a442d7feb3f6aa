import { LIMITS } from "@guildhall/proto/tables";
import { spreadOf } from "../../report/spread.ts";
import type { FaultResult, FaultScenario, Size } from "../scenario.ts";
import { type Crowd, gather, READERS } from "./crowd.ts";
import type { FromReaders } from "./messages.ts";
import type { Recovered } from "./reader.ts";
import { CLOSED_MAX_S, type Round, stopRound } from "./round.ts";
import type { Pace } from "./speaker.ts";

/** Every reader is sent at least so much while it does not read. */
const FLOW_MIN_BYTES_PER_S = 300_000;
const MEMORY_MAX_MIB = 40;
/** How much slower the others' delivery may be than before and after. In the quick size one round has to do, on a machine that does other things too. */
const SLOWER_MAX: Readonly<Record<Size, number>> = { quick: 2, full: 1.2 };
const SLOW_CODE = 4001;
/** What an event is more than its text, at most. */
const EVENT_MAX_BYTES = 150;
/** Of those who come back in the calm; with fewer a round has not shown that they may go on where they were. */
const REPLAYED_MIN_SHARE = 0.9;

/** What each reader is sent before and while it does not read. */
const PACE: Pace = { perSecond: 95, bytes: 3_400 };

const VIOLATIONS_MAX = 10;

const PLANS: Readonly<Record<Size, { readonly rounds: number; readonly readingMs: number; readonly pages: number }>> = {
  quick: { rounds: 1, readingMs: 6_000, pages: 20 },
  full: { rounds: 5, readingMs: 8_000, pages: 100 },
};

export const slowReaders: FaultScenario = {
  name: "slow-readers",
  about: `${READERS} readers stop reading: each is closed, memory and the others' delivery stay, and they come back whole`,
  maxS: { quick: 120, full: 600 },
  async run(size, around) {
    const { rounds: count, ...plan } = PLANS[size];
    const crowd = await gather(around, PACE);
    around.say(`slow-readers: ${READERS} readers are connected`);
    crowd.speaker.start();
    const rounds: Round[] = [];
    for (let round = 0; round < count; round++) {
      rounds.push(await stopRound(crowd, { pace: PACE, ...plan }));
      around.say(`slow-readers: round ${round + 1} of ${count}`);
    }
    crowd.speaker.stop();
    return await resultOf(rounds, crowd, size);
  },
};

async function resultOf(rounds: readonly Round[], crowd: Crowd, size: Size): Promise<FaultResult> {
  const report = await crowd.ask<Extract<FromReaders, { kind: "report" }>>({ kind: "report" });
  const { speaker } = crowd;
  const grown = spreadOf(rounds.map(({ reading, stopped }) => stopped.mib - reading.mib));
  const slower = spreadOf(rounds.map(({ again, reading, stopped }) => stopped.p99 / Math.max(reading.p99, again.p99)));
  const judged = rounds.map((round) => replaysIn(round, crowd, report.offset));
  const violations = [
    ...rounds.flatMap(wrongIn),
    ...judged.flatMap(({ wrong }) => wrong),
    ...report.violations,
    ...crowd.violations.slice(0, 10),
  ];
  if (grown.median > MEMORY_MAX_MIB) violations.push(`the server grew by ${grown.median.toFixed(1)} MiB`);
  if (slower.median > SLOWER_MAX[size]) violations.push(`the others' p99 grew ${slower.median.toFixed(2)} ×`);
  const offsets = new Set([...speaker.offsets, ...(report.offset === undefined ? [] : [report.offset])]);
  // A message that was refused leaves its number out.
  if (offsets.size > 1 && speaker.refused === 0) violations.push("what was answered is not what members saw");
  const isVoid = (round: Round, i: number): boolean =>
    round.bytesPerS < FLOW_MIN_BYTES_PER_S || (judged[i]?.replayed ?? 0) < REPLAYED_MIN_SHARE * round.calm.length;
  return {
    runs: rounds.length,
    voidRuns: rounds.filter(isVoid).length,
    faultsInFlight: rounds.filter((round, i) => !isVoid(round, i) && round.closed > 0).length,
    acknowledged: speaker.acknowledged,
    unknown: speaker.number - speaker.acknowledged - speaker.refused,
    violations,
    notes: [
      ...rounds.flatMap(notesOf),
      `the server's own memory grew by ${spread(grown)} MiB, at most ${MEMORY_MAX_MIB}`,
      `the others' delivery p99, stopped ÷ reading: ${spread(slower)}, at most ${SLOWER_MAX[size]}`,
      `${report.checked} events were checked at the readers, place and text; ${report.retries} times a reader was told to come back later (4004, 4401)`,
    ],
  };
}

function wrongIn({ calm, closed, lastClosedS, stirred }: Round): string[] {
  const wrong: string[] = [];
  if (closed !== READERS || lastClosedS > CLOSED_MAX_S) {
    wrong.push(`${closed} of ${READERS} were closed, the last after ${lastClosedS.toFixed(1)} s`);
  }
  const otherwise = [...calm, ...stirred].filter(({ code }) => code !== undefined && code !== SLOW_CODE);
  if (otherwise.length > 0) wrong.push(`${otherwise.length} were closed with ${otherwise[0]?.code}`);
  if (calm.length + stirred.length !== READERS) wrong.push(`${calm.length + stirred.length} of ${READERS} came back`);
  if (gaps(stirred) === 0) wrong.push("nobody came back with a gap, so nothing was read from pages");
  return wrong;
}

/**
 * Who came back in the calm without a gap, and whose gap was none of their own: somebody who has missed less than a
 * connection is replayed has to be sent it all.
 */
function replaysIn(
  { calm }: Round,
  { speaker }: Crowd,
  offset = 0,
): { readonly replayed: number; readonly wrong: readonly string[] } {
  const wrong = calm.flatMap(({ gap, had, has }) => {
    const missed = has - had;
    const bytes = speaker.bytesBetween(had - offset, has - offset) + missed * EVENT_MAX_BYTES;
    const tooFar = missed > LIMITS.replayMaxEvents || !(bytes < LIMITS.replayMaxBytes);
    if (gap === undefined || (gap === "too_far" && tooFar)) return [];
    return [`a reader that had missed ${missed} events, ${bytes} bytes at most, was told of a gap: ${gap}`];
  });
  return { replayed: calm.length - gaps(calm), wrong: wrong.slice(0, VIOLATIONS_MAX) };
}

function gaps(recovered: readonly Recovered[]): number {
  return recovered.filter(({ gap }) => gap !== undefined).length;
}

function notesOf(round: Round): string[] {
  const { again, bytesPerS, calm, reading, stirred, stopped } = round;
  const coded = [...calm, ...stirred].filter(({ code }) => code === SLOW_CODE).length;
  return [
    `${(bytesPerS / 1_000).toFixed(0)} KB/s to each: closed after ${round.firstClosedS.toFixed(1)} to ${round.lastClosedS.toFixed(1)} s, ${coded} saw ${SLOW_CODE}; the kernel held ${round.kernelMib.toFixed(0)} MiB more`,
    `  the others' p99: all reading ${reading.p99.toFixed(1)} ms, ${READERS} stopped ${stopped.p99.toFixed(1)} ms, all back ${again.p99.toFixed(1)} ms; memory ${reading.mib.toFixed(0)} → ${stopped.mib.toFixed(0)} MiB`,
    `  back in the calm: ${calm.length}, ${gaps(calm)} of them by a gap, ${missed(calm)}`,
    `  back after the stir: ${stirred.length}, ${gaps(stirred)} of them by a gap, ${missed(stirred)}; ${stirred.reduce((total, { paged }) => total + paged, 0)} events read from pages`,
  ];
}

function missed(recovered: readonly Recovered[]): string {
  const { min, median, max } = spreadOf(recovered.map(({ had, has }) => has - had));
  return `${min} / ${median} / ${max} events missed`;
}

function spread(values: { readonly min: number; readonly median: number; readonly max: number }): string {
  return `${values.min.toFixed(2)} / ${values.median.toFixed(2)} / ${values.max.toFixed(2)} (min / median / max)`;
}
