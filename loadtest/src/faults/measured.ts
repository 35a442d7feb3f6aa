import { readFile } from "node:fs/promises";

const MIB = 1024 * 1024;
const PAGE_BYTES = 4_096;

/** What a process has in memory of its own, without mapped files, MiB. */
export async function ownMemoryMib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const kib = /^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kib === undefined) throw new Error(`/proc/${pid}/status has no RssAnon`);
  return Number(kib) / 1024;
}

/** What the kernel holds for all TCP sockets of this machine, MiB. */
export async function kernelTcpMib(): Promise<number> {
  const text = await readFile("/proc/net/sockstat", "utf8");
  return (Number(/^TCP:.* mem (\d+)/m.exec(text)?.[1] ?? 0) * PAGE_BYTES) / MIB;
}

/** One metric of a server, summed over its labels unless `labels` names some, as `code="4001"`; 0 where there is none yet. */
export async function metricOf(url: string, name: string, labels = ""): Promise<number> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  const lines = (await response.text()).split("\n");
  const mine = lines.filter(
    (line) => (line.startsWith(`${name} `) || line.startsWith(`${name}{`)) && line.includes(labels),
  );
  return mine.reduce((total, line) => total + Number(line.slice(line.lastIndexOf(" "))), 0);
}
