import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { type HistoryRecord, readRecord } from "./record.ts";

/**
 * The records of several files, laid together by their times; of the files only a line each is held. A last line
 * that its writer did not finish is left out.
 *
 * @throws Error for a line that is no record, or a file whose times go back.
 */
export async function* readHistories(paths: readonly string[]): AsyncGenerator<HistoryRecord> {
  const heads: { record: HistoryRecord; rest: AsyncGenerator<HistoryRecord> }[] = [];
  try {
    for (const path of paths) {
      const rest = recordsOf(path);
      const first = await rest.next();
      if (first.done !== true) heads.push({ record: first.value, rest });
    }
    while (heads.length > 0) {
      const earliest = heads.reduce((a, b) => (b.record.t < a.record.t ? b : a));
      yield earliest.record;
      const next = await earliest.rest.next();
      if (next.done === true) heads.splice(heads.indexOf(earliest), 1);
      else earliest.record = next.value;
    }
  } finally {
    for (const { rest } of heads) await rest.return(undefined);
  }
}

async function* recordsOf(path: string): AsyncGenerator<HistoryRecord> {
  let number = 0;
  let lastNs = 0;
  let unread: { line: string; error: unknown } | undefined;
  const input = createReadStream(path, "utf8");
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (unread !== undefined) throw new Error(`${path}:${number}: ${unread.line}`, { cause: unread.error });
    number++;
    if (line === "") continue;
    let record: HistoryRecord;
    try {
      record = readRecord(line);
    } catch (error) {
      unread = { line: line.slice(0, 200), error };
      continue;
    }
    if (record.t < lastNs) throw new Error(`${path}:${number}: time goes back`);
    lastNs = record.t;
    yield record;
  }
}
