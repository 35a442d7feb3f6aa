import { EVENT_FLAGS, type Event, REMOVAL_KINDS } from "@guildhall/proto";
import { eventOfRow, type TimelineRow } from "@guildhall/timeline";
import { encodeEvent } from "@guildhall/wire";
import type { KeptEvent } from "./ring.ts";

/** What the events that change an older row make of it. The stored row is rewritten in the same way. */
const REWRITES: ReadonlyMap<string, (event: Event, body: unknown) => void> = new Map([
  ["msg.edit", edit],
  ["msg.recall", (event: Event) => empty(event, 1)],
  ["msg.delete", (event: Event) => empty(event, 2)],
  ["announcement.edit", edit],
  ["announcement.withdraw", (event: Event) => empty(event, 1)],
]);

function edit(event: Event, body: unknown): void {
  event.b = body;
}

function empty(event: Event, x: 1 | 2): void {
  event.b = {};
  event.x = x;
  delete event.mn;
}

/** A stored row as an event of the lane. It is stored, so its position does not matter any more. */
export function keptOfRow(row: TimelineRow): KeptEvent {
  return {
    g: row.g,
    l: row.l,
    s: row.s,
    pv: row.pv,
    pos: 0,
    at: row.at,
    flags: flagsOf(row),
    bytes: encodeEvent(eventOfRow(row)),
    json: null,
    veiled: null,
  };
}

function flagsOf(row: TimelineRow): number {
  const permission = row.pp >= 0 ? EVENT_FLAGS.permission : 0;
  const removal = REMOVAL_KINDS.has(row.k) ? EVENT_FLAGS.removal : 0;
  const veiled = row.as === 1 ? EVENT_FLAGS.veiled : 0;
  const mention = row.mn === null || row.mn === undefined ? 0 : EVENT_FLAGS.mention;
  return permission | removal | mention | veiled | (REWRITES.has(row.k) ? EVENT_FLAGS.rewrite : 0);
}

/** Lays `rewrite` over the event it changes, unless a later one already has. Other events are left alone. */
export function layOver(events: ReadonlyMap<number, Event>, rewrite: Event): void {
  const body = rewrite.b as { readonly s?: unknown; readonly b?: unknown } | null;
  const target = typeof body?.s === "number" ? events.get(body.s) : undefined;
  if (target === undefined || (target.rev ?? 0) >= rewrite.s) return;
  REWRITES.get(rewrite.k)?.(target, body?.b);
  target.rev = rewrite.s;
}
