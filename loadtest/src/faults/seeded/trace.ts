/** One `ok` that the server wrote, and whether the journal had been synced for it. */
export type TracedOk = { readonly i: number; readonly synced: boolean };

/** System calls that matter, as strace names them. */
export const TRACED_CALLS = "trace=fdatasync,fsync,msync,pwrite64,pwritev,write,writev,sendto,sendmsg";

const LINE = /^(\d+)\s+(\d+\.\d+) (.*)$/;
const UNFINISHED = " <unfinished ...>";
const RESUMED = /^<\.\.\. (\w+) resumed>/;
const OK = /\{\\"t\\":\\"ok\\",\\"i\\":(\d+),/;

type Call = { readonly name: string; readonly text: string };

/**
 * Reads what `strace -f -y -ttt` wrote of a server on which one request at a time is under way. `invokedS`: when
 * each request left, by its number, in seconds since 1970; the server was quiet just before. An `ok` is synced when
 * between the two the journal's pages were synced and after that its meta page was written, both to the end.
 */
export function tracedOks(trace: string, invokedS: ReadonlyMap<number, number>): TracedOk[] {
  const begun = new Map<string, Call>();
  const oks: TracedOk[] = [];
  /** Ends of syncs of the journal, and of writes to it, in order. */
  const steps: { readonly atS: number; readonly what: "sync" | "write" }[] = [];
  for (const line of trace.split("\n")) {
    const match = LINE.exec(line);
    if (match === null) continue;
    const [, pid = "", at = "", text = ""] = match;
    const atS = Number(at);
    const ok = OK.exec(text);
    // What is written counts from the moment the call began.
    if (ok !== null && !RESUMED.test(text)) oks.push(judge(Number(ok[1]), atS, steps, invokedS));
    const done = ended(pid, text, begun);
    if (done === undefined || !done.text.includes("/journal/data.mdb")) continue;
    if (/^(fdatasync|fsync|msync)$/.test(done.name)) steps.push({ atS, what: "sync" });
    else if (done.name.startsWith("pwrite")) steps.push({ atS, what: "write" });
  }
  return oks;
}

/** The call that is over with this line. */
function ended(pid: string, text: string, begun: Map<string, Call>): Call | undefined {
  const resumed = RESUMED.exec(text);
  if (resumed !== null) {
    const call = begun.get(pid);
    begun.delete(pid);
    return call;
  }
  const call = { name: text.slice(0, text.indexOf("(")), text };
  if (!text.endsWith(UNFINISHED)) return call;
  begun.set(pid, call);
  return undefined;
}

function judge(
  i: number,
  atS: number,
  steps: readonly { readonly atS: number; readonly what: "sync" | "write" }[],
  invokedS: ReadonlyMap<number, number>,
): TracedOk {
  const fromS = invokedS.get(i) ?? Number.POSITIVE_INFINITY;
  const since = steps.filter((step) => step.atS >= fromS && step.atS <= atS);
  const sync = since.findIndex(({ what }) => what === "sync");
  return { i, synced: sync >= 0 && since.slice(sync).some(({ what }) => what === "write") };
}
