import { join } from "node:path";
import type { About, AttemptEnd, HistoryEvent, Seen, Via } from "../src/history/record.ts";
import { openRecorder } from "../src/history/recorder.ts";
import { type HistoryVerdict, verifyHistory } from "../src/history/verify.ts";

export const GROUP = 7;
const EPOCH = 1_700;
const USER = 1;

/** One attempt of the test's person; what is not given is the same for all. */
type Sent = {
  readonly id: string;
  readonly cmid?: string;
  readonly hash?: string;
  readonly conn?: string;
  readonly user?: number;
};

function attempt({ id, cmid = id, hash = `h-${cmid}`, conn = "c1", user = USER }: Sent) {
  return { op: "send", id, conn, user, group: GROUP, cmid, hash } as const;
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
/** A fault under which the group may be without an answer for so long. */
export const stallOn = (fault: string, maxMs: number): HistoryEvent => ({
  op: "fault_on",
  fault,
  stall: { groups: [GROUP], maxMs },
});
/** Person 1 asks for the page up to `to`, from `from` on where that is given. */
export const reads = (to: number, from?: number): HistoryEvent => ({
  op: "read",
  phase: "invoke",
  id: "r1",
  conn: "c1",
  user: USER,
  group: GROUP,
  to,
  ...(from === undefined ? {} : { from }),
});
export const hasRead = (to: number, more = false): HistoryEvent => ({
  op: "read",
  phase: "ok",
  id: "r1",
  conn: "c1",
  user: USER,
  group: GROUP,
  epoch: EPOCH,
  to,
  more,
});
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

/** One place of a group; what was sent as `cmid`, where that is given. */
export type Placed = { readonly kind: string; readonly by: number; readonly cmid?: string; readonly about?: About };

/** The group as it begins, made by person 1, and what follows; read from 1 to its end by its owner. */
export function readGroup(...rest: readonly Placed[]): HistoryEvent[] {
  const all: readonly Placed[] = [{ kind: "group.create", by: USER }, ...rest];
  const base = { op: "recv", via: "final", conn: "last", user: USER, group: GROUP, epoch: EPOCH } as const;
  const events = all.map((placed, i) => ({ ...base, ...placed, seq: i + 1, hash: `h-${placed.cmid ?? placed.kind}` }));
  return [...events, { op: "final", group: GROUP, epoch: EPOCH, seq: all.length }];
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
