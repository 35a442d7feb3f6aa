const ASK_MAX_MS = 10_000;

/** What a process holds, bytes. */
export type Memory = { readonly residentBytes: number; readonly heapBytes: number };

/** A number out of Prometheus text. @throws Error where the text has none of that name. */
export function metricOf(text: string, name: string): number {
  const value = new RegExp(`^${name}(?:\\{[^}]*\\})? ([0-9.e+-]+)`, "m").exec(text)?.[1];
  if (value === undefined) throw new Error(`no ${name} among the metrics`);
  return Number(value);
}

/** Reads the memory of a server from its `/metrics`. */
export async function readMemory(metrics: string): Promise<Memory> {
  const response = await fetch(metrics, { signal: AbortSignal.timeout(ASK_MAX_MS) });
  if (!response.ok) throw new Error(`${metrics} answered ${response.status}`);
  const text = await response.text();
  return {
    residentBytes: metricOf(text, "process_resident_memory_bytes"),
    heapBytes: metricOf(text, "nodejs_heap_size_used_bytes"),
  };
}

/** Whether the last `count` values lie within `within` of their largest, as a share of it. False while there are fewer. */
export function isSettled(values: readonly number[], count: number, within: number): boolean {
  if (values.length < count) return false;
  const last = values.slice(-count);
  const most = Math.max(...last);
  return most - Math.min(...last) <= most * within;
}
