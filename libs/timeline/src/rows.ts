import type { Entry, Event } from "@guildhall/proto";
import type { TimelineRow } from "./tables.ts";

/** The row an entry leaves in the timeline. */
export function rowOfEntry(entry: Entry): TimelineRow {
  return {
    g: entry.g,
    l: entry.l,
    bk: entry.bk,
    s: entry.s,
    at: entry.at,
    u: entry.u,
    dev: entry.dev,
    as: entry.as,
    k: entry.k,
    n: entry.n,
    h: entry.h,
    m: entry.m,
    pv: entry.pv,
    pp: entry.pp,
    bb: entry.bb,
    b: entry.b,
    re: entry.re,
    mn: entry.mn,
    rev: 0,
    x: 0,
    edits: 0,
    why: entry.why,
  };
}

/** A row as clients see it who may see `by`. Device, hash and bucket stay inside. */
export function eventOfRow(row: TimelineRow): Event {
  const event: Event = { s: row.s, k: row.k, u: row.as === 0 ? row.u : 0, ts: row.at, m: row.m, pv: row.pv, b: row.b };
  if (row.n !== null) event.n = row.n;
  if (row.pp >= 0) event.pp = row.pp;
  if (row.re > 0) event.re = row.re;
  if (row.mn !== null && row.mn !== undefined) event.mn = row.mn as number[] | "all";
  if (row.rev > 0) event.rev = row.rev;
  if (row.x > 0) event.x = row.x;
  if (row.as !== 0) {
    event.gr = row.as === 2 ? 2 : 1;
    event.by = row.u;
  }
  if (row.why !== "") event.why = row.why;
  return event;
}
