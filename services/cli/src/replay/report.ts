import type { Played } from "./play.ts";
import type { Stage } from "./stage.ts";
import type { Verdict } from "./verify.ts";

export type Report = {
  readonly lines: Played["byType"];
  readonly refusedAsExpected: number;
  readonly refused: Played["refused"];
  readonly people: number;
  readonly connections: number;
  readonly delivered: number;
  readonly reconnects: number;
  readonly gaps: number;
  readonly fetched: number;
  readonly seconds: number;
  readonly linesPerSecond: number;
  readonly deliveriesPerSecond: number;
  readonly missing: number;
  readonly doubled: number;
  readonly reordered: number;
  readonly different: number;
  readonly violations: number;
  readonly mistakes: readonly string[];
  readonly ok: boolean;
};

/** Gathers a replay's figures. `ms` is the time from the first line to the last delivery. */
export function report(stage: Stage, played: Played, verdict: Verdict, ms: number): Report {
  const all = [stage.host, ...stage.players, ...stage.silent];
  const total = (count: (one: (typeof all)[number]) => number) => all.reduce((sum, one) => sum + count(one), 0);
  const lines = Object.values(played.byType).reduce((sum, count) => sum + count, 0);
  const delivered = total(({ follower }) => follower.delivered);
  const mistakes = [
    ...played.wrong,
    ...verdict.mistakes,
    ...stage.violations.slice(0, 20).map(({ kind, g, detail }) => `${kind} in group ${g}: ${detail}`),
  ];
  const { missing, doubled, reordered, different } = verdict;
  return {
    lines: played.byType,
    refusedAsExpected: Object.values(played.refused).reduce((sum, count) => sum + count, 0) - played.wrong.length,
    refused: played.refused,
    people: all.length + 1,
    connections: all.length,
    delivered,
    reconnects: total(({ client }) => client.stats.reconnects),
    gaps: total(({ client }) => client.stats.gaps),
    fetched: total(({ client }) => client.stats.fetched),
    seconds: round(ms / 1_000),
    linesPerSecond: round((lines * 1_000) / ms),
    deliveriesPerSecond: round((delivered * 1_000) / ms),
    missing,
    doubled,
    reordered,
    different,
    violations: stage.violations.length,
    mistakes,
    ok: mistakes.length === 0 && missing + doubled + reordered + different + stage.violations.length === 0,
  };
}

/** The report as a table for people. */
export function table(figures: Report): string {
  const { lines, refused, mistakes, ok, ...rest } = figures;
  const rows: [string, string][] = [
    ...Object.entries(lines).map(([type, count]): [string, string] => [`lines: ${type}`, String(count)]),
    ...Object.entries(refused).map(([code, count]): [string, string] => [`refused: ${code}`, String(count)]),
    ...Object.entries(rest).map(([name, value]): [string, string] => [words(name), String(value)]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const body = rows.map(([name, value]) => `${name.padEnd(width)}  ${value.padStart(10)}`);
  return [...body, ...mistakes.map((mistake) => `! ${mistake}`), ok ? "all is right" : "something is wrong", ""].join(
    "\n",
  );
}

function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
