import type { Clock } from "@guildhall/kernel";
import { isAhead } from "@guildhall/proto";
import { ExpiringMap } from "./expiring-map.ts";
import type { Cursor, Presence } from "./presence.ts";
import { PresentPeople } from "./present-people.ts";
import { refill } from "./tokens.ts";

/** People remembered at once. Beyond it those of the longest ago are forgotten: wrong presence until their next call. */
const PEOPLE_MAX = 1_000_000;
/** Sessions of one person. Beyond it the one that was told of first is forgotten. */
const SESSIONS_MAX = 100;
/** Cursors on their way. Beyond it the oldest are forgotten: until they are stored, an older one is read. */
const CURSORS_MAX = 1_000_000;
/** Buckets that are not full. Beyond it the oldest are forgotten, which fills them. */
const BUCKETS_MAX = 1_000_000;

/** Presence within one process, by the monotonic time of `clock`. */
export function memoryPresence(clock: Clock): Presence {
  /** Person → session → until when, ms. */
  const people = new ExpiringMap<number, Map<string, number>>(PEOPLE_MAX);
  const present = new PresentPeople();
  /** Person and group → cursor. */
  const cursors = new ExpiringMap<string, Cursor>(CURSORS_MAX);
  /** Bucket → the time it will be full, ms. A full bucket is the same as none. */
  const buckets = new ExpiringMap<string, number>(BUCKETS_MAX);

  return {
    async arrive(person, session, ttlMs) {
      const nowMs = clock.monotonicMs();
      const sessions = people.get(person, nowMs) ?? new Map<string, number>();
      forgetEnded(sessions, nowMs);
      sessions.delete(session);
      if (sessions.size >= SESSIONS_MAX) forgetFirst(sessions);
      sessions.set(session, nowMs + ttlMs);
      people.set(person, sessions, Math.max(...sessions.values()), nowMs);
    },

    async leave(person, session) {
      const sessions = people.get(person, clock.monotonicMs());
      sessions?.delete(session);
      if (sessions?.size === 0) people.delete(person);
    },

    async sessions(asked) {
      const nowMs = clock.monotonicMs();
      return asked.map((person) => {
        const sessions = people.get(person, nowMs);
        if (sessions === undefined) return 0;
        forgetEnded(sessions, nowMs);
        return sessions.size;
      });
    },

    async enter(person, session, groups, ttlMs) {
      const nowMs = clock.monotonicMs();
      for (const group of groups) present.enter(group, session, person, nowMs + ttlMs, nowMs);
    },

    async exit(session, groups) {
      const nowMs = clock.monotonicMs();
      for (const group of groups) present.exit(group, session, nowMs);
    },

    async present(groups) {
      const nowMs = clock.monotonicMs();
      return groups.map((group) => present.count(group, nowMs));
    },

    async putCursor(person, group, cursor, ttlMs) {
      const key = `${person}/${group}`;
      const nowMs = clock.monotonicMs();
      const known = cursors.get(key, nowMs);
      if (known === undefined || isAhead(cursor, known)) {
        cursors.set(key, { ...cursor }, nowMs + ttlMs, nowMs);
      }
    },

    async cursors(person, groups) {
      const nowMs = clock.monotonicMs();
      return groups.map((group) => cursors.get(`${person}/${group}`, nowMs));
    },

    async take(name, rate) {
      const nowMs = clock.monotonicMs();
      const { taken, fullAtMs } = refill(rate, buckets.get(name, nowMs) ?? nowMs, nowMs);
      if (taken.ok) buckets.set(name, fullAtMs, fullAtMs, nowMs);
      return taken;
    },

    async [Symbol.asyncDispose]() {
      people.clear();
      present.clear();
      buckets.clear();
      cursors.clear();
    },
  };
}

function forgetEnded(sessions: Map<string, number>, nowMs: number): void {
  for (const [session, untilMs] of sessions) if (untilMs <= nowMs) sessions.delete(session);
}

function forgetFirst(sessions: Map<string, number>): void {
  for (const session of sessions.keys()) {
    sessions.delete(session);
    return;
  }
}
