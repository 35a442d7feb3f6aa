import type { ExportRange } from "@guildhall/client";
import { toBase64Url } from "@guildhall/kernel";
import type { Event } from "@guildhall/proto";
import { type Command, counted, parseWords, UsageError, wholeNumber, written } from "../command.ts";
import { findGroup, groupWord } from "../find-group.ts";
import { signedIn } from "../signed-in.ts";

export const exportGroup: Command = {
  usage: "export <group number or id> [--from <date>] [--to <date>] [--after <seq>] [--as <name>]",
  summary:
    "Writes a group's events as JSON lines: from a date up to another, and after a seq where an earlier one ended.",
  async run(words, context) {
    const text = { type: "string" } as const;
    const options = parseWords(words, context, { from: text, to: text, after: text, as: text });
    const [word = ""] = counted(options.words, 1);
    const group = groupWord(word);
    const range = rangeOf(options.values);
    await using client = await signedIn(options, options.values.as);
    const { stdout, stderr } = context;
    let last = range.after ?? 0;
    try {
      for await (const events of (await findGroup(client, group)).export(range)) {
        await written(stdout, events.map(lineOf).join(""));
        last = events.at(-1)?.s ?? last;
      }
    } catch (error) {
      if (last > 0) stderr.write(`written up to seq ${last}: go on with --after ${last}\n`);
      throw error;
    }
    return 0;
  },
};

function rangeOf({ from, to, after }: { from?: string; to?: string; after?: string }): ExportRange {
  const range = {
    ...(from === undefined ? {} : { fromMs: timeOf(from, "--from") }),
    ...(to === undefined ? {} : { toMs: timeOf(to, "--to") }),
    ...(after === undefined ? {} : { after: wholeNumber(after, "--after", 0, Number.MAX_SAFE_INTEGER) }),
  };
  if ((range.toMs ?? Number.POSITIVE_INFINITY) <= (range.fromMs ?? 0)) throw new UsageError("--to is not after --from");
  return range;
}

/** A day as it begins in UTC, or a moment with its zone. */
function timeOf(word: string, name: string): number {
  const form = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;
  const ms = form.test(word) ? Date.parse(word) : Number.NaN;
  if (Number.isNaN(ms)) throw new UsageError(`${name} takes a day such as 2026-01-31, or 2026-01-31T12:00:00Z`);
  return ms;
}

/** As the JSON form of the protocol has it. */
function lineOf({ n, ...event }: Event): string {
  return `${JSON.stringify(n === undefined ? event : { ...event, n: toBase64Url(n) })}\n`;
}
