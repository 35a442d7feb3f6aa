import { Lane } from "@guildhall/fanout/persist";
import type { Entry, RowWrite } from "@guildhall/proto";
import { eventOfRow, rowOfEntry, TIMELINE, TIMELINE_BUCKETS } from "@guildhall/timeline";
import { encodeEvent } from "@guildhall/wire";

/** When the first message was said, and the time that all of them take. */
const BEGIN_MS = Date.UTC(2025, 0, 1);
const SPAN_MS = 180 * 86_400_000;
/** Of a hundred entries so many change an older message, in place. */
const EDITS_PERCENT = 2;
const RECALLS_PERCENT = 1;
/** Messages of a lane that may still be changed. */
const RECENT_MAX = 20;
/** In one group everybody writes the longest texts, in its first days: so a bucket is closed by its bytes. */
const LONG_TEXT_BYTES = 12_000;
const LONG_MESSAGES_MAX = 3_500;
const LONG_SPAN_MS = 5 * 86_400_000;
const WORDS =
  "we can meet at the river on friday if it does not rain and bring the book that you told me about ".repeat(3);
const DEVICE = "dGltZWxpbmUtZmlsbC1kZQ";
const FIRST_GROUP = 1_000_000;

export type TownPlan = { readonly messages: number; readonly groups: number };

/** A group as it stands. `bks` and `ats`: where its buckets begin. */
export type Hall = {
  readonly g: number;
  readonly lane: Lane;
  readonly bks: number[];
  readonly ats: number[];
  /** Newest messages with their entries, as they were said. */
  readonly recent: Entry[];
  /** The most that one of its buckets holds, as the owner counts it. */
  largestBytes: number;
};

/**
 * Groups that talk for half a year of their own time, an entry at a time: half of it in the first group, the rest
 * spread over the others, the second of which writes long texts. Some messages are edited or taken back.
 */
export class Town {
  readonly halls: readonly Hall[];
  readonly #stepMs: number;
  readonly #longShare: number;
  readonly #random: () => number;
  #nowMs = BEGIN_MS;

  constructor({ messages, groups }: TownPlan, random: () => number) {
    this.halls = Array.from({ length: groups }, (_, i) => ({
      g: FIRST_GROUP + i,
      lane: new Lane(FIRST_GROUP + i, 0),
      bks: [],
      ats: [],
      recent: [],
      largestBytes: 0,
    }));
    this.#stepMs = SPAN_MS / messages;
    this.#longShare = Math.min(0.6, (LONG_MESSAGES_MAX / messages) * (SPAN_MS / LONG_SPAN_MS));
    this.#random = random;
  }

  get nowMs(): number {
    return Math.floor(this.#nowMs);
  }

  /** What is said next, anywhere. */
  next(): Entry {
    // Some hours are busier than others.
    this.#nowMs += this.#stepMs * 2 * this.#random() ** 2 * 1.5;
    const place = this.#random();
    const others = this.halls.length - 2;
    const long = this.#nowMs < BEGIN_MS + LONG_SPAN_MS ? this.#longShare : 0;
    if (place < long) return this.#say(this.hall(1), "x".repeat(LONG_TEXT_BYTES));
    if (place < 0.5) return this.#speak(this.hall(0));
    return this.#speak(this.hall(2 + Math.floor(this.#random() * others)));
  }

  hall(i: number): Hall {
    const hall = this.halls[i];
    if (hall === undefined) throw new RangeError(`there is no hall ${i}`);
    return hall;
  }

  #speak(hall: Hall): Entry {
    const kind = this.#random() * 100;
    const target = hall.recent[Math.floor(this.#random() * hall.recent.length)];
    if (target === undefined || kind >= EDITS_PERCENT + RECALLS_PERCENT) {
      const length = 20 + Math.floor(this.#random() ** 3 * 240);
      return this.#say(hall, WORDS.slice(0, length));
    }
    const rev = hall.lane.s + 1;
    const row = { ...rowOfEntry(target), rev };
    const edit = kind < EDITS_PERCENT;
    const b = edit ? { t: `${textStart(hall.g, target.s)} better said` } : {};
    hall.recent.splice(hall.recent.indexOf(target), 1);
    const write: RowWrite = [TIMELINE.name, [row.g, row.l, row.bk, row.s], { ...row, b, x: edit ? 0 : 1, edits: 1 }];
    return this.#enter(hall, edit ? "msg.edit" : "msg.recall", edit ? { s: target.s, b } : { s: target.s }, [write]);
  }

  #say(hall: Hall, text: string): Entry {
    const entry = this.#enter(hall, "text", { t: `${textStart(hall.g, hall.lane.s + 1)} ${text}` }, []);
    hall.recent.push(entry);
    if (hall.recent.length > RECENT_MAX) hall.recent.shift();
    return entry;
  }

  #enter(hall: Hall, k: string, b: unknown, writes: readonly RowWrite[]): Entry {
    const { g, lane } = hall;
    const s = lane.s + 1;
    const at = Math.max(this.nowMs, lane.at + 1);
    const m = lane.m + (k === "text" ? 1 : 0);
    const bytes = { n: crypto.getRandomValues(new Uint8Array(16)), h: crypto.getRandomValues(new Uint8Array(16)) };
    const base = { g, l: 0, s, at, u: 1 + (s % 40), dev: DEVICE, as: 0, k, ...bytes, m, pv: 1, pp: -1 } as const;
    const draft: Entry = { ...base, bk: 0, bb: 0, b, re: 0, mn: null, why: "", w: writes };
    const { bk, bb, opened } = lane.bucketFor(at, encodeEvent(eventOfRow(rowOfEntry(draft))).length);
    const bucket: RowWrite = [TIMELINE_BUCKETS.name, [g, 0, bk], { g, l: 0, bk, at }];
    const entry: Entry = { ...draft, bk, bb, w: opened ? [...writes, bucket] : writes };
    lane.advance(entry);
    lane.stored(s);
    hall.largestBytes = Math.max(hall.largestBytes, bb);
    if (opened) {
      hall.bks.push(bk);
      hall.ats.push(at);
    }
    return entry;
  }
}

/** What the text of a message begins with, so that a page shows whether it is the right one. */
export function textStart(g: number, s: number): string {
  return `${g}:${s}`;
}

/** How many buckets hold the seqs `a` to `z`. */
export function bucketsIn({ bks }: Hall, a: number, z: number): number {
  return bks.filter((bk, i) => bk <= z && (bks[i + 1] ?? Number.MAX_SAFE_INTEGER) > a).length;
}
