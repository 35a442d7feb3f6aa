import { HAND_OVER_MAX_BYTES, type HandedGroup, type HandedLane, type RowWrite } from "@guildhall/proto";
import { TIMELINE } from "@guildhall/timeline";
import { pack } from "@guildhall/wire";
import type { Entities } from "./entities.ts";
import type { Entity } from "./entity.ts";
import { Lane } from "./lane.ts";
import type { Rows } from "./rows.ts";

/** What was not used for so long is read again by whoever needs it, ms. */
const USED_MS = 30_000;
/** Nonces handed over, a group: what a client repeats after a hand-over is seconds old. */
const NONCES_MS = 5_000;
const NONCES_MAX = 256;

/** What an owner has in memory of the groups in use. */
export type Memory = { readonly groups: readonly HandedGroup[]; readonly rows: readonly RowWrite[] };

/** As of now, the last used first, up to HAND_OVER_MAX_BYTES. `monotonicMs` is the clock of `rows`. */
export function memoryOf(entities: Entities, rows: Rows, nowMs: number, monotonicMs: number): Memory {
  let bytes = 0;
  const fits = (part: unknown): boolean => {
    bytes += pack(part).length;
    return bytes <= HAND_OVER_MAX_BYTES;
  };
  const used = [...entities.all()].filter((entity) => nowMs - entity.usedMs < USED_MS && !entity.bare);
  const groups: HandedGroup[] = [];
  for (const entity of used.sort((a, b) => b.usedMs - a.usedMs)) {
    const group = groupOf(entity, nowMs);
    if (!fits(group)) break;
    groups.push(group);
  }
  // Bodies are many, and seldom needed.
  const kept = rows.used(monotonicMs - USED_MS).filter(([table]) => table !== TIMELINE.name);
  const end = kept.findIndex((row) => !fits(row));
  return { groups, rows: end < 0 ? kept : kept.slice(0, end) };
}

/** Lays it beside what was restored of the journal's tail, which has all that is not stored. */
export function adopt({ groups, rows }: Memory, entities: Entities, to: Rows, nowMs: number): void {
  for (const row of rows) to.adopt(row);
  for (const group of groups) {
    const entity = entities.use(group.g, nowMs);
    if (entity === undefined) return;
    for (const lane of group.lanes) adoptLane(entity, lane);
    entity.nonces.adopt(group);
  }
}

function groupOf(entity: Entity, nowMs: number): HandedGroup {
  const lanes: HandedLane[] = [];
  for (const { l, s, at, m, pv, bk, bkAt, bb } of entity.lanes.values()) {
    if (s > 0 && bkAt >= 0) lanes.push({ l, s, at, m, pv, bk, bkAt, bb });
  }
  return { g: entity.g, lanes, ...entity.nonces.newest(nowMs - NONCES_MS, NONCES_MAX) };
}

function adoptLane(entity: Entity, { l, ...head }: HandedLane): void {
  const known = entity.lanes.get(l);
  if (known === undefined) {
    // Nothing of it is in the tail, so all of it is stored.
    entity.lanes.set(l, Object.assign(new Lane(entity.g, l), head, { storedTo: head.s }));
  } else if (known.bkAt < 0 && known.bk === head.bk) known.bkAt = head.bkAt;
}
