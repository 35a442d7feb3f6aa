import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readsAs, type Talk, talkIn } from "./group-of-texts.ts";
import { type Checked, type Room, refusal } from "./room.ts";

const TEXTS = Array.from({ length: 12 }, (_, i) => `text number ${i} of this folder`);
const RECORD = /INTERNAL: journal record \d+ of partition \d+ fails its checksum/;

/** Texts in a journal whose server was killed. */
async function written({ data, start }: Room): Promise<Talk> {
  await using server = await start(data);
  const talk = await talkIn(server, TEXTS);
  await server.end("SIGKILL");
  return talk;
}

/** Flips one bit wherever `text` stands in the journal's file: lmdb keeps older copies of its pages. */
async function flip(data: string, text: string): Promise<void> {
  const path = join(data, "journal", "data.mdb");
  const bytes = await readFile(path);
  const mark = Buffer.from(text);
  let at = bytes.indexOf(mark);
  if (at < 0) throw new Error(`"${text}" is not in ${path}`);
  for (; at >= 0; at = bytes.indexOf(mark, at + 1)) bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(path, bytes);
}

/** The last record of a partition is read at every start. */
export async function lastRecordDamaged(room: Room): Promise<Checked> {
  const { said } = await written(room);
  await flip(room.data, said.at(-1) ?? "");
  return { acknowledged: said.length, violations: await refusal(room.start(room.data), RECORD) };
}

/** With the store gone every record is read again: all whole, everything is there; one damaged, none is skipped. */
export async function damagedRecord(room: Room): Promise<Checked> {
  const talk = await written(room);
  const acknowledged = talk.said.length;
  await rm(join(room.data, "store"), { recursive: true });
  const whole = await room.start(room.data);
  const violations = await readsAs(whole, talk);
  await whole.end("SIGKILL");
  await rm(join(room.data, "store"), { recursive: true });
  await flip(room.data, TEXTS[5] ?? "");
  return { acknowledged, violations: [...violations, ...(await refusal(room.start(room.data), RECORD))] };
}
