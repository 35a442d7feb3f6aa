import type { FaultSeen } from "./faults.ts";
import { readHistories } from "./read-histories.ts";
import type { HistoryRecord } from "./record.ts";
import { INVARIANTS, type Violation } from "./violations.ts";

/** Violations that are explained; the rest is only named. */
const EXPLAINED_MAX = 3;
/** What happened this long before and after a record that contradicts another is shown. */
const AROUND_NS = 50_000_000;
/** Records shown of one violation; the nearest to it. */
const SHOWN_MAX = 40;

type Gathering = {
  readonly violation: Violation;
  /** Records around it with how far they are from it, ns. */
  readonly near: { readonly record: HistoryRecord; readonly awayNs: number }[];
};

/** For each of the first violations: what it says, the operations of its group around it, and the faults active then. */
export async function counterExamples(
  paths: readonly string[],
  violations: readonly Violation[],
  faults: readonly FaultSeen[],
): Promise<string[]> {
  const all: Gathering[] = violations.slice(0, EXPLAINED_MAX).map((violation) => ({ violation, near: [] }));
  if (all.length === 0) return [];
  let startNs: number | undefined;
  for await (const record of readHistories(paths)) {
    startNs ??= record.t;
    for (const gathering of all) gather(gathering, record);
  }
  return all.map((gathering) => textOf(gathering, faults, startNs ?? 0));
}

function gather({ violation, near }: Gathering, record: HistoryRecord): void {
  if ("group" in record && record.group !== violation.group) return;
  const awayNs = Math.min(...violation.at.map((t) => Math.abs(t - record.t)));
  if (awayNs > AROUND_NS) return;
  near.push({ record, awayNs });
  if (near.length > 2 * SHOWN_MAX) cut(near);
}

function cut(near: Gathering["near"]): void {
  near.sort((a, b) => a.awayNs - b.awayNs);
  near.splice(SHOWN_MAX);
}

function textOf({ violation, near }: Gathering, faults: readonly FaultSeen[], startNs: number): string {
  cut(near);
  const { invariant, group, text, at } = violation;
  const active = faults.filter(({ onNs, offNs }) => at.some((t) => t >= onNs - AROUND_NS && t <= offNs + AROUND_NS));
  const lines = near
    .map(({ record }) => record)
    .sort((a, b) => a.t - b.t)
    .map((record) => `${at.includes(record.t) ? ">" : " "} ${lineOf(record, startNs)}`);
  return [
    `${invariant} (${INVARIANTS[invariant]}) in group ${group}: ${text}`,
    `  faults active: ${active.length === 0 ? "none" : active.map(({ name }) => name).join(", ")}`,
    ...lines,
  ].join("\n");
}

/** `12.345678 s` since the start, then what happened. */
function lineOf({ t, proc, op, ...rest }: HistoryRecord, startNs: number): string {
  const fields = Object.entries(rest).map(([name, value]) => `${name}=${String(value)}`);
  return `${((t - startNs) / 1e9).toFixed(6)} s ${proc} ${op} ${fields.join(" ")}`;
}
