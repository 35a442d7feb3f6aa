import { readFile } from "node:fs/promises";

/** Parts of a second that Linux counts CPU time in, everywhere. */
const TICKS_PER_S = 100;

/** CPU seconds of a process of this machine since its start; undefined where there is no such process or no /proc. */
export async function processCpuSeconds(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  return text === undefined ? undefined : statCpuSeconds(text);
}

/** User and system time out of a line of /proc/<pid>/stat. The name before them may have spaces and brackets. */
export function statCpuSeconds(text: string): number {
  const [utime = "", stime = ""] = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13);
  return (Number(utime) + Number(stime)) / TICKS_PER_S;
}
