import type { Context, Emission } from "@guildhall/entity";
import {
  GROUP_ROLES,
  GROUPS,
  type GroupRow,
  groupFactsOf,
  MEMBERS,
  type MemberRow,
  memberFactsOf,
  type RolesRow,
} from "@guildhall/group";
import {
  type Command,
  type Entry,
  EVENT_FLAGS,
  type Event,
  type FactsDelta,
  REMOVAL_KINDS,
  type RowWrite,
} from "@guildhall/proto";
import { eventOfRow, rowOfEntry, TIMELINE, TIMELINE_BUCKETS } from "@guildhall/timeline";
import { encodeEvent } from "@guildhall/wire";
import { commandHash } from "./hash.ts";
import type { Lane } from "./lane.ts";
import type { Rows } from "./rows.ts";
import type { Transaction } from "./transaction.ts";

/** What a command came to, ready for the next record. */
export type Decided = {
  readonly entry: Entry;
  /** The event as clients get it; empty where it shows nothing. */
  readonly bytes: Uint8Array;
  readonly flags: number;
  /** See Emission.paceForMs. */
  readonly paceForMs?: number;
};

export function contextOf(command: Command, nowMs: number, paceMs: number): Context {
  const { g, l, u, dev, auth, n, as, why } = command;
  return { g, lane: l, actor: u, device: dev, authMs: auth, nowMs, as: as === 1 ? 1 : 0, why, nonce: n, paceMs };
}

/** Turns what a handler did into the entry that says so. `pv` is the permission version before it. */
export function decide(command: Command, tx: Transaction, lane: Lane, pv: number, atMs: number): Decided | undefined {
  const { emission, writes } = tx;
  if (emission !== undefined) return shown(command, emission, writes, lane, pv, atMs);
  if (writes.length === 0) return undefined;
  const entry = entryBase(command, atMs, writes);
  entry.k = command.m;
  entry.m = lane.m;
  entry.pv = pv;
  return { entry, bytes: new Uint8Array(), flags: 0 };
}

function shown(
  command: Command,
  emission: Emission,
  writes: readonly RowWrite[],
  lane: Lane,
  pv: number,
  atMs: number,
): Decided {
  const s = lane.s + 1;
  const entry = entryBase(command, atMs, writes);
  if (emission.attributed === true) entry.as = 2;
  entry.k = emission.kind;
  entry.s = s;
  entry.n = command.n;
  entry.h = commandHash(command);
  entry.m = emission.counts === true ? lane.m + 1 : lane.m;
  entry.pv = emission.permission === true ? s : pv;
  if (emission.permission === true) entry.pp = pv;
  entry.b = emission.body;
  entry.re = emission.re ?? 0;
  entry.mn = emission.mn ?? null;
  const bytes = encodeEvent(eventOfEntry(entry));
  const { bk, bb, opened } = lane.bucketFor(atMs, bytes.length);
  entry.bk = bk;
  entry.bb = bb;
  if (opened) {
    const { g, l } = entry;
    entry.w = [...writes, [TIMELINE_BUCKETS.name, [g, l, s], { g, l, bk: s, at: atMs }]];
  }
  return { entry, bytes, flags: flagsOf(entry), paceForMs: emission.paceForMs ?? 0 };
}

type Draft = { -readonly [Field in keyof Entry]: Entry[Field] };

/** An entry that shows nothing yet. */
function entryBase({ g, l, u, dev, as, why }: Command, at: number, w: readonly RowWrite[]): Draft {
  const voice = as === 1 ? 1 : 0;
  return {
    g,
    l,
    s: 0,
    at,
    u,
    dev,
    as: voice,
    k: "",
    n: null,
    h: null,
    m: 0,
    pv: 0,
    pp: -1,
    bk: 0,
    bb: 0,
    b: null,
    re: 0,
    mn: null,
    why,
    w,
  };
}

/** An entry as clients see it. */
export function eventOfEntry(entry: Entry): Event {
  return eventOfRow(rowOfEntry(entry));
}

export function flagsOf(entry: Entry): number {
  let flags = entry.pp >= 0 ? EVENT_FLAGS.permission : 0;
  if (REMOVAL_KINDS.has(entry.k)) flags |= EVENT_FLAGS.removal;
  if (entry.w.some(([table]) => table === TIMELINE.name)) flags |= EVENT_FLAGS.rewrite;
  if (entry.mn !== null && entry.mn !== undefined) flags |= EVENT_FLAGS.mention;
  if (entry.as === 1) flags |= EVENT_FLAGS.veiled;
  return flags;
}

/** The facts an entry changed, with the rows as they are right after it. */
export function factsDelta(entry: Entry, rows: Rows, ep: number, term: number): FactsDelta | undefined {
  if (entry.pp < 0) return undefined;
  const group = rows.peek(GROUPS.name, [entry.g]) as GroupRow | undefined;
  const roles = rows.peek(GROUP_ROLES.name, [entry.g]) as RolesRow | undefined;
  const members = entry.w
    .filter(([table]) => table === MEMBERS.name)
    .map(([, key, row]) => [Number(key[1]), memberFactsOf((row ?? undefined) as MemberRow | undefined)] as const);
  const facts = group !== undefined && roles !== undefined ? groupFactsOf(group, roles, entry.pv) : undefined;
  return {
    g: entry.g,
    ep,
    term,
    pp: entry.pp,
    pv: entry.pv,
    members,
    ...(facts === undefined ? {} : { group: facts }),
  };
}
