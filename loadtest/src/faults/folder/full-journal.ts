import { readsAs, talkIn } from "./group-of-texts.ts";
import type { Checked, Room } from "./room.ts";

const MIB = 1024 * 1024;
const TEXT_BYTES = 3_900;
/** More than fit into a journal of one mebibyte. */
const TEXTS_MAX = (2 * MIB) / TEXT_BYTES;

/** At its bound the journal refuses, and everything that was answered stays, over a restart too. */
export async function fullJournal({ data, start }: Room): Promise<Checked> {
  const settings = { JOURNAL_MAX_MIB: "1" };
  const texts = Array.from({ length: TEXTS_MAX }, (_, i) => `${i} `.padEnd(TEXT_BYTES, "x"));
  const first = await start(data, settings);
  const talk = await talkIn(first, texts);
  const violations = await readsAs(first, talk);
  const { last, said } = talk;
  if (last.kind !== "err" || last.code !== "UNAVAILABLE")
    violations.push(`the last is answered ${JSON.stringify(last)}`);
  if (said.length * TEXT_BYTES < 0.8 * MIB) violations.push(`it is full after ${said.length} texts`);
  await first.end("SIGKILL");
  await using second = await start(data, { JOURNAL_MAX_MIB: "2" });
  violations.push(...(await readsAs(second, talk)));
  return { acknowledged: said.length, violations };
}
