const ASK_MAX_MS = 10_000;

/** CPU seconds of a process since its start, out of Prometheus text. @throws Error where the text has none. */
export function cpuSecondsOf(text: string): number {
  const value = /^process_cpu_seconds_total(?:\{[^}]*\})? ([0-9.e+-]+)/m.exec(text)?.[1];
  if (value === undefined) throw new Error("no process_cpu_seconds_total among the metrics");
  return Number(value);
}

/** Those of several processes, each. */
export function readEachCpuSeconds(metrics: readonly string[]): Promise<number[]> {
  return Promise.all(metrics.map(readCpuSeconds));
}

/** Reads them from a server's `/metrics`. */
export async function readCpuSeconds(metrics: string): Promise<number> {
  const response = await fetch(metrics, { signal: AbortSignal.timeout(ASK_MAX_MS) });
  if (!response.ok) throw new Error(`${metrics} answered ${response.status}`);
  return cpuSecondsOf(await response.text());
}
