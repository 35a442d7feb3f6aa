/**
 * One line of a history. `t`: the host's monotonic clock, ns, so that the files of several processes of one machine
 * can be laid together. `proc`: who wrote it.
 */
type Stamp = { readonly t: number; readonly proc: string };

/** A connection: `conn` is unique in a history, `user` who speaks on it. */
type OnConnection = { readonly conn: string; readonly user: number };

/**
 * One attempt of a message or of another command. `id` is unique in a history; a repeat of the same `cmid` is another
 * attempt.
 */
export type Attempt = OnConnection & {
  readonly op: "send" | "cmd";
  readonly id: string;
  readonly group: number;
  /** The nonce, as base64url. */
  readonly cmid: string;
  /** hashOf what members will see of it. */
  readonly hash: string;
  /** Of a command: its kind. */
  readonly kind?: string;
};

/** How an attempt ended. `info`: nobody can know. One that never ends counts as `info`. */
export type AttemptEnd =
  | { readonly phase: "ok"; readonly seq: number; readonly epoch: number; readonly dup?: 1 }
  /** Refused: it has not happened. `seq`: the first result that a CONFLICT names. */
  | { readonly phase: "fail"; readonly code: number; readonly seq?: number }
  | { readonly phase: "info"; readonly code?: number };

export type AttemptInvoke = { readonly phase: "invoke" };

/** How an event was seen: as it happened, on a resume, on a page, or in the read of everything at the end. */
export type Via = "live" | "replay" | "history" | "final";

/** One event as one connection got it. `rev` above 0: the row as rewritten by that seq. */
export type Seen = OnConnection & {
  readonly op: "recv";
  readonly via: Via;
  readonly group: number;
  readonly epoch: number;
  readonly seq: number;
  readonly kind: string;
  readonly by: number;
  readonly hash: string;
  readonly cmid?: string;
  readonly rev?: number;
  /** The group that its content says it was sent in. */
  readonly canary?: number;
  /** What an event says that changes who may do what. */
  readonly about?: About;
};

/** Of the body of an event: the person concerned, the role, the new owner, whether all are mute, the group's limit. */
export type About = {
  readonly u?: number;
  readonly role?: number;
  readonly to?: number;
  readonly muteAll?: boolean;
  readonly membersMax?: number;
};

/** A connection begins to follow a group: from behind `seq`, or without it from wherever the head is. */
export type ResumeInvoke = OnConnection & {
  readonly op: "resume";
  readonly phase: "invoke";
  readonly group: number;
  readonly seq?: number;
};

/** It follows now. `seq`: where the answer says that the lane's head is; absent where it does not say so. */
export type ResumeOk = OnConnection & {
  readonly op: "resume";
  readonly phase: "ok";
  readonly group: number;
  readonly seq?: number;
};

/** The server says that it cannot lead on from where the connection stands, but goes on behind `seq`. */
export type Reset = OnConnection & {
  readonly op: "reset";
  readonly group: number;
  readonly seq: number;
  readonly why: string;
};

/** A page of history that claims to be `from` to `to` and had `count` events. An empty one is not recorded. */
export type PageSeen = OnConnection & {
  readonly op: "page";
  readonly group: number;
  readonly from: number;
  readonly to: number;
  readonly count: number;
};

/** A page is asked for: up to `to`, and from `from` on where that is given. */
export type ReadInvoke = OnConnection & {
  readonly op: "read";
  readonly phase: "invoke";
  readonly id: string;
  readonly group: number;
  readonly from?: number;
  readonly to: number;
};

/** The page that was given; `to` 0 where it is empty. `more`: it was cut, and there is more in the direction asked. */
export type ReadOk = OnConnection & {
  readonly op: "read";
  readonly phase: "ok";
  readonly id: string;
  readonly group: number;
  readonly epoch: number;
  readonly to: number;
  readonly more: boolean;
};

/** No page: refused, or nobody answered. */
export type ReadFail = OnConnection & {
  readonly op: "read";
  readonly phase: "fail";
  readonly id: string;
  readonly group: number;
};

export type Closed = OnConnection & { readonly op: "close"; readonly code: number };

/** A group has been read from 1 to `seq`, by a client that had nothing of it; its events have via `final`. */
export type FinalRead = {
  readonly op: "final";
  readonly group: number;
  readonly epoch: number;
  readonly seq: number;
};

/** A fault begins, or is over. `fault` is unique in a history; the rest of it is for people. */
export type FaultChange = {
  readonly op: "fault_on" | "fault_off";
  readonly fault: string;
  /** Of one that begins: these groups, which are spoken in all the time, may be without an answer for so long. */
  readonly stall?: { readonly groups: readonly number[]; readonly maxMs: number };
};

/** All faults are over, and nobody speaks: everybody online must have the same within so long. */
export type Heal = { readonly op: "heal"; readonly withinMs: number };

/** Whoever follows a group now was online since `heal`, or has come back since. */
export type Settled = { readonly op: "settled" };

/** What a process holds, and the most it may. */
export type Sample = {
  readonly op: "sample";
  readonly of: string;
  readonly what: "memory" | "buffered";
  readonly bytes: number;
  readonly maxBytes: number;
};

export type HistoryEvent =
  | (Attempt & (AttemptInvoke | AttemptEnd))
  | Seen
  | ResumeInvoke
  | ResumeOk
  | Reset
  | PageSeen
  | ReadInvoke
  | ReadOk
  | ReadFail
  | Closed
  | FinalRead
  | FaultChange
  | Heal
  | Settled
  | Sample;

export type HistoryRecord = Stamp & HistoryEvent;

const OPS: ReadonlySet<unknown> = new Set<HistoryEvent["op"]>([
  "send",
  "cmd",
  "recv",
  "resume",
  "reset",
  "page",
  "read",
  "close",
  "final",
  "fault_on",
  "fault_off",
  "heal",
  "settled",
  "sample",
]);

/** The record in a line. @throws Error for a line that is none. */
export function readRecord(line: string): HistoryRecord {
  const value = JSON.parse(line) as Partial<HistoryRecord> | null;
  if (typeof value !== "object" || value === null || typeof value.t !== "number" || !OPS.has(value.op)) {
    throw new Error(`not a record of a history: ${line.slice(0, 200)}`);
  }
  return value as HistoryRecord;
}
