import { sleep } from "@guildhall/kernel";
import type { Event, Page, SubResult } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import type { Speaker } from "../../clients/speaker.ts";
import { patiently } from "./patiently.ts";

/** A group's main lane, whole. */
export type History = { readonly ep: number; readonly head: number; readonly events: readonly Event[] };

/** Reads everything, a page at a time. @throws Error for a refusal, or a page that does not go on. */
export async function readAll(speaker: Speaker, g: number): Promise<History> {
  const row = await headOf(speaker, g);
  const { s: head, ep } = row;
  const events: Event[] = [];
  for (let a = 1; a <= head; ) {
    const z = Math.min(head, a + LIMITS.pageMax - 1);
    const page = (await patiently(speaker, (i) => ({ t: 6, i, g, a, z }))) as Page;
    const last = page.e.at(-1)?.s ?? 0;
    if (last < a) throw new Error(`the page from ${a} to ${z} has nothing`);
    events.push(...page.e);
    // A page is cut below the largest frame: the next begins where it ends.
    a = last + 1;
  }
  return { ep, head, events };
}

/** A group's owner may be taking over when it is asked: looked at again this often, this long between, ms. */
const LOOKS_MAX = 30;
const LOOK_EVERY_MS = 200;

async function headOf(speaker: Speaker, g: number): Promise<{ readonly s: number; readonly ep: number }> {
  for (let looks = 1; ; looks++) {
    const [row] = (await patiently(speaker, (i) => ({ t: 2, i, g: [g], mode: 0 }))) as SubResult;
    if (row !== undefined && "s" in row) return row;
    if (looks === LOOKS_MAX) throw new Error(`group ${g} is not shown: ${JSON.stringify(row)}`);
    await sleep(LOOK_EVERY_MS);
  }
}

/** What is wrong with a lane by itself: holes, doubled nonces, times that fall, and rewrites that did not happen. */
export function historyFaults({ head, events }: History): string[] {
  const faults: string[] = [];
  const seqs = events.map(({ s }) => s);
  if (seqs.length !== head || seqs.some((s, i) => s !== i + 1)) {
    faults.push(`the seqs up to ${head} are ${seqs.join(" ")}`);
  }
  const nonces = new Map<string, number>();
  for (const { s, n } of events) {
    const key = n === undefined ? `none ${s}` : keyOf(n);
    const before = nonces.get(key);
    if (before !== undefined) faults.push(`one nonce has the seqs ${before} and ${s}`);
    nonces.set(key, s);
  }
  events.forEach(({ s, ts }, i) => {
    if (ts <= (events[i - 1]?.ts ?? 0)) faults.push(`seq ${s} is not later than the one before`);
  });
  return [...faults, ...rewriteFaults(events)];
}

/** Messages must look as the newest edit or recall of them says. */
function rewriteFaults(events: readonly Event[]): string[] {
  const faults: string[] = [];
  for (const { s, k, b, x } of events) {
    if (k !== "text") continue;
    const about = events.filter((event) => (event.b as { s?: number } | null)?.s === s);
    const gone = about.some((event) => event.k === "msg.recall");
    const edit = about.findLast((event) => event.k === "msg.edit");
    if (gone !== (x === 1)) faults.push(`message ${s} is ${x === 1 ? "" : "not "}gone, and its recall says otherwise`);
    const text = (b as { t?: string } | null)?.t;
    const wanted = (edit?.b as { b?: { t?: string } } | undefined)?.b?.t;
    if (!gone && wanted !== undefined && text !== wanted) faults.push(`message ${s} reads "${text}", not "${wanted}"`);
  }
  return faults;
}

/** Who is in the group, as its events tell. */
export function membersIn(events: readonly Event[]): ReadonlySet<number> {
  const members = new Set<number>();
  for (const { k, u, b } of events) {
    const about = (b as { u?: number } | null)?.u ?? u;
    if (k === "group.create") members.add(u);
    else if (k === "member.join") members.add(about);
    else if (k === "member.kick" || k === "member.leave") members.delete(about);
  }
  return members;
}

export function keyOf(nonce: Uint8Array): string {
  return Buffer.from(nonce).toString("hex");
}
