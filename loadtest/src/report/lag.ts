import { metricOf } from "./memory.ts";

const ASK_MAX_MS = 10_000;

/** How far the store is behind what was acknowledged: the age of the oldest entry that it does not have, and records. */
export type Lag = { readonly seconds: number; readonly records: number };

/** Of several fanouts: the oldest entry of all of them, and all records. */
export async function lagOf(fanouts: readonly string[]): Promise<Lag> {
  const all = await Promise.all(
    fanouts.map(async (metrics) => {
      const response = await fetch(metrics, { signal: AbortSignal.timeout(ASK_MAX_MS) });
      if (!response.ok) throw new Error(`${metrics} answered ${response.status}`);
      return lagIn(await response.text());
    }),
  );
  return {
    seconds: Math.max(0, ...all.map(({ seconds }) => seconds)),
    records: all.reduce((sum, { records }) => sum + records, 0),
  };
}

/** Of one fanout, out of its metrics. */
export function lagIn(text: string): Lag {
  const records =
    metricOf(text, "guildhall_fanout_journal_position") - metricOf(text, "guildhall_fanout_stored_position");
  return { seconds: metricOf(text, "guildhall_fanout_store_lag_seconds"), records };
}
