import { join } from "node:path";
import type { AttemptEnd, HistoryEvent, Seen, Via } from "../src/history/record.ts";
import { openRecorder } from "../src/history/recorder.ts";
import { type HistoryVerdict, verifyHistory } from "../src/history/verify.ts";

export const GROUP = 7;
const EPOCH = 1_700;
const USER = 1;

/** One attempt of the test's person; what is not given is the same for all. */
type Sent = { readonly id: string; readonly cmid?: string; readonly hash?: string; readonly conn?: string };

function attempt({ id, cmid = id, hash = `h-${cmid}`, conn = "c1" }: Sent) {
  return { op: "send", id, conn, user: USER, group: GROUP, cmid, hash } as const;
}

export const invoke = (sent: Sent): HistoryEvent => ({ ...attempt(sent), phase: "invoke" });
export const ended = (sent: Sent, end: AttemptEnd): HistoryEvent => ({ ...attempt(sent), ...end });
export const ok = (sent: Sent, seq: number, dup = false): HistoryEvent =>
  ended(sent, { phase: "ok", seq, epoch: EPOCH, ...(dup ? { dup: 1 as const } : {}) });
export const follow = (conn: string, seq?: number): HistoryEvent => ({
  op: "resume",
  phase: "invoke",
  conn,
  user: 2,
  group: GROUP,
  ...(seq === undefined ? {} : { seq }),
});
export const follows = (conn: string, seq: number): HistoryEvent => ({
  op: "resume",
  phase: "ok",
  conn,
  user: 2,
  group: GROUP,
  seq,
});
export const reset = (conn: string, seq: number): HistoryEvent => ({
  op: "reset",
  conn,
  user: 2,
  group: GROUP,
  seq,
  why: "too_far",
});
export const page = (from: number, to: number, count: number): HistoryEvent => ({
  op: "page",
  conn: "c2",
  user: 2,
  group: GROUP,
  from,
  to,
  count,
});
export const faultOn = (fault: string): HistoryEvent => ({ op: "fault_on", fault });
export const faultOff = (fault: string): HistoryEvent => ({ op: "fault_off", fault });

/** `conn` sees what was sent as `cmid` at `seq`. */
export function seen(via: Via, conn: string, seq: number, cmid: string, other: Partial<Seen> = {}): HistoryEvent {
  const what = { kind: "text", by: USER, hash: `h-${cmid}`, cmid };
  return { op: "recv", via, conn, user: 2, group: GROUP, epoch: EPOCH, seq, ...what, ...other };
}

/** A read of the group from 1 on that finds what was sent under these nonces, then its end. */
export function readAll(...cmids: readonly string[]): HistoryEvent[] {
  const events = cmids.map((cmid, i) => seen("final", "last", i + 1, cmid));
  return [...events, { op: "final", group: GROUP, epoch: EPOCH, seq: cmids.length }];
}

/** Writes a history with 1 ms between its records and verifies it. */
export async function verdictOf(folder: string, events: readonly HistoryEvent[]): Promise<HistoryVerdict> {
  const path = join(folder, `${crypto.randomUUID()}.jsonl`);
  let nowNs = 0;
  const recorder = openRecorder({
    path,
    proc: "p1",
    nowNs: () => {
      nowNs += 1_000_000;
      return nowNs;
    },
  });
  for (const event of events) recorder.record(event);
  await recorder[Symbol.asyncDispose]();
  return await verifyHistory([path]);
}
