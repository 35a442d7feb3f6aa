/** What a trace shows of a run in which one client sent marked texts, in JSON, on one connection. */
export type Marked = { readonly mark: string; readonly i: number };

type Seen =
  | { readonly kind: "write"; readonly text: string }
  | { readonly kind: "sync" | "point" }
  | { readonly kind: "ok"; readonly i: number };

const OK = /\\"t\\":\\"ok\\",\\"i\\":(\d+)/g;
const LINE = /^(\d+) +(?:<\.\.\. (\w+) resumed>|(\w+)\((\d+)<([^>]*)>)(.*)$/;

/**
 * Whether each answer left after all that makes its command durable: its record written to the journal's file, the
 * file synced, and the page that points to it written through. One sentence for each that did not, or was not seen.
 */
export function answerFaults(trace: string, journal: string, sent: readonly Marked[]): string[] {
  const seen = seenIn(trace, journal);
  return sent.flatMap(({ mark, i }) => {
    const write = seen.findIndex((one) => one.kind === "write" && one.text.includes(mark));
    const sync = seen.findIndex((one, at) => write >= 0 && at > write && one.kind === "sync");
    const point = seen.findIndex((one, at) => sync >= 0 && at > sync && one.kind === "point");
    const ok = seen.findIndex((one) => one.kind === "ok" && one.i === i);
    if (write < 0 || sync < 0 || point < 0 || ok < 0) return [`${mark}: the trace lacks its write, sync or answer`];
    return ok < point ? [`${mark} was answered before it was durable`] : [];
  });
}

/** In the order in which calls ended; an answer counts from its beginning. */
function seenIn(trace: string, journal: string): Seen[] {
  const through = new RegExp(`"${escaped(journal)}", O_WRONLY\\|O_DSYNC\\S*\\) = (\\d+)`).exec(trace)?.[1];
  const begun = new Map<string, Seen[]>();
  return trace.split("\n").flatMap((line) => {
    const [, thread, resumed, call, fd, path, rest] = (LINE.exec(line) ?? []).map(
      (part: string | undefined) => part ?? "",
    );
    if (resumed) return begun.get(`${thread} ${resumed}`) ?? [];
    if (call === undefined || rest === undefined) return [];
    if (path !== journal) return answersIn(rest);
    const seen = ended(call, fd === through, rest);
    if (!rest.endsWith("<unfinished ...>")) return seen;
    begun.set(`${thread} ${call}`, seen);
    return [];
  });
}

function answersIn(text: string): Seen[] {
  return Array.from(text.matchAll(OK), ([, i]) => ({ kind: "ok", i: Number(i) }));
}

function ended(call: string, isThrough: boolean, text: string): Seen[] {
  if (call === "fdatasync") return [{ kind: "sync" }];
  if (call !== "pwrite64" && call !== "writev" && call !== "pwritev") return [];
  return [isThrough ? { kind: "point" } : { kind: "write", text }];
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
