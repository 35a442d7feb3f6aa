import type { AttackReport, Ending } from "./messages.ts";
import { HEARTBEAT_MS, SILENT_PER_ADDRESS } from "./plan.ts";

/** From and to, s after the opening. */
type Window = readonly [number, number];

/** Who has not said hello is closed after 5 s, or sooner where somebody else needs the place. */
const NO_HELLO: Readonly<Record<string, Window>> = { "CLOSE 4401": [4.5, 5.5], "CLOSE 4004": [0, 5.5] };
const REFUSED: Readonly<Record<string, Window>> = { "REFUSED 503": [0, 2] };
const HEARTBEAT_END_S = HEARTBEAT_MS / 1_000 + 10;

/** How a socket of each attack may end, and when. */
export const MAY_END: Readonly<Record<string, Readonly<Record<string, Window>>>> = {
  silent: { ...NO_HELLO, ...REFUSED },
  hoard: { ...NO_HELLO, ...REFUSED },
  // The socket library looks every 4 s whether a request's headers have taken 10 s.
  "half-open": { DROP: [7.5, 13] },
  "half-sent": NO_HELLO,
  "slow hello": NO_HELLO,
  "slow send": { OK: [0, 12] },
  // Sessions are looked at once a second.
  stalled: { "CLOSE 4002": [HEARTBEAT_END_S - 0.5, HEARTBEAT_END_S + 2] },
  "flood of commands": { "CLOSE 4005": [0, 3] },
  "flood of pings": { "CLOSE 4005": [0, 3] },
  vanish: { GONE: [0, 3] },
};

/** Of an attack so many may be outside their window, by up to so much: the machine's own doing. */
const OUTSIDE_SHARE = 0.01;
const OUTSIDE_MAX_S = 2;

/** A clock that is worse is taken for this good. */
const LATE_MAX_S = 1;

/** What is wrong with how an attack ended, each in a sentence. `lateMs`: how far its times may be off. */
export function wrongIn({ name, endings }: AttackReport, lateMs = 0): string[] {
  const late = Math.min(LATE_MAX_S, lateMs / 1_000);
  const may = MAY_END[name] ?? {};
  const wrong = Object.entries(countsOf(endings.filter(({ word }) => may[word] === undefined))).map(
    ([word, count]) => `${name}: ${count} ended with ${word}`,
  );
  const outside = endings.flatMap(({ word, afterMs }) => {
    const [from, to] = may[word] ?? [0, Number.POSITIVE_INFINITY];
    const s = afterMs / 1_000;
    if (s >= from - late && s <= to + late) return [];
    return s < from ? [{ s, by: from - s }] : s > to ? [{ s, by: s - to }] : [];
  });
  const worst = outside.toSorted((a, b) => b.by - a.by)[0];
  if (worst !== undefined && (outside.length > OUTSIDE_SHARE * endings.length || worst.by > OUTSIDE_MAX_S)) {
    wrong.push(
      `${name}: ${outside.length} of ${endings.length} ended at another time, one after ${worst.s.toFixed(2)} s`,
    );
  }
  const counts = countsOf(endings);
  const stood = counts["CLOSE 4401"] ?? 0;
  if (name === "hoard" && stood > SILENT_PER_ADDRESS) wrong.push(`${stood} silent ones from one address`);
  return wrong;
}

export function countsOf(endings: readonly Ending[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { word } of endings) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

/** How an attack ended, for people. */
export function noteOn({ name, endings }: AttackReport): string {
  const parts = Object.entries(countsOf(endings)).map(([word, count]) => {
    const s = endings.filter((one) => one.word === word).map(({ afterMs }) => afterMs / 1_000);
    const [least, most] = s.reduce(([low, high], one) => [Math.min(low, one), Math.max(high, one)], [Infinity, 0]);
    return `${count} ${word} after ${least.toFixed(2)} to ${most.toFixed(2)} s`;
  });
  return `  ${name}: ${parts.join(", ")}`;
}
