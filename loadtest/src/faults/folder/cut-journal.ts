import { rm } from "node:fs/promises";
import { join } from "node:path";
import { sleep } from "@guildhall/kernel";
import type { Standalone } from "../../processes/standalone.ts";
import { readsAs, say, talkIn } from "./group-of-texts.ts";
import { type Checked, type Room, refusal } from "./room.ts";

const MIB = 1024 * 1024;
const TEXT_BYTES = 3_900;
/** Four times what the journal keeps. */
const TEXTS = (4 * MIB) / TEXT_BYTES;
/** The journal is looked at once a minute. */
const CUT_MAX_MS = 80_000;
const LOOK_EVERY_MS = 500;

/** A journal is cut behind what is stored: it shrinks, and a start after it reads and says everything as before. */
export async function cutJournal({ data, start }: Room): Promise<Checked> {
  const settings = { JOURNAL_KEEP_MIB: "1" };
  const texts = Array.from({ length: TEXTS }, (_, i) => `${i} `.padEnd(TEXT_BYTES, "x"));
  const first = await start(data, settings);
  const talk = await talkIn(first, texts);
  const violations = talk.last.kind === "ok" ? [] : [`the last is answered ${JSON.stringify(talk.last)}`];
  // A slow machine may have cut some of it while it was said.
  const kept = await untilCut(first);
  if (!(kept <= MIB)) violations.push(`of ${talk.said.length * TEXT_BYTES} bytes the journal keeps ${kept}`);
  violations.push(...(await readsAs(first, talk)));
  await first.end("SIGKILL");
  const second = await start(data, settings);
  violations.push(...(await readsAs(second, talk)));
  const more = await say(second, talk, "after the cut");
  if (more.last.kind !== "ok") violations.push(`after the cut a text is answered ${JSON.stringify(more.last)}`);
  violations.push(...(await readsAs(second, more)));
  await second.end("SIGKILL");
  // What is cut is nowhere else: without its store the journal is no whole any more.
  await rm(join(data, "store"), { recursive: true });
  violations.push(...(await refusal(start(data, settings), /INTERNAL: partition \d+: journal begins at \d+/)));
  return { acknowledged: more.said.length, violations };
}

async function untilCut(server: Standalone): Promise<number> {
  for (let waitedMs = 0; ; waitedMs += LOOK_EVERY_MS) {
    const bytes = await bytesKept(server);
    if (bytes <= MIB || waitedMs > CUT_MAX_MS) return bytes;
    await sleep(LOOK_EVERY_MS);
  }
}

async function bytesKept({ api }: Standalone): Promise<number> {
  const text = await (await fetch(`${api}/metrics`)).text();
  return Number(/^guildhall_fanout_journal_bytes (\S+)/m.exec(text)?.[1]);
}
