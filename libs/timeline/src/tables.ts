import { defineTable } from "@guildhall/store";

/** One seq of a lane. `b` is the body as sent; times are ms; 0 stands for "none" in `re`, `rev` and `x`. */
export type TimelineRow = {
  g: number;
  l: number;
  /** The bucket: its first seq. */
  bk: number;
  s: number;
  at: number;
  u: number;
  dev: string;
  /** The voice; see Voice. */
  as: number;
  k: string;
  n: Uint8Array | null;
  h: Uint8Array | null;
  m: number;
  pv: number;
  pp: number;
  bb: number;
  b: unknown;
  re: number;
  mn: unknown;
  /** Seq of the entry that last rewrote this row. */
  rev: number;
  /** Why the body is gone: 1 recalled, 2 deleted. */
  x: number;
  edits: number;
  why: string;
};

/** Messages and events by group and time: one partition a bucket, newest first. */
export const TIMELINE = defineTable<TimelineRow>({
  name: "timeline",
  partition: ["g", "l", "bk"],
  clustering: ["s"],
  descending: true,
  columns: {
    g: "int",
    l: "int",
    bk: "int",
    s: "int",
    at: "int",
    u: "int",
    dev: "text",
    as: "int",
    k: "text",
    n: "blob",
    h: "blob",
    m: "int",
    pv: "int",
    pp: "int",
    bb: "int",
    b: "json",
    re: "int",
    mn: "json",
    rev: "int",
    x: "int",
    edits: "int",
    why: "text",
  },
});

/** A bucket of a lane: its first seq and the time of it. */
export type BucketRow = { g: number; l: number; bk: number; at: number };

export const TIMELINE_BUCKETS = defineTable<BucketRow>({
  name: "timeline_buckets",
  partition: ["g", "l"],
  clustering: ["bk"],
  descending: true,
  columns: { g: "int", l: "int", bk: "int", at: "int" },
});

/**
 * A bucket is closed before the entry that would pass one of these. Its time alone closes it only when it has
 * BUCKET_MIN_ENTRIES, more than two pages: so a page touches two buckets at most, also where little is said.
 */
export const BUCKET_MAX_MS = 7 * 86_400_000;
export const BUCKET_MIN_ENTRIES = 256;
export const BUCKET_MAX_ENTRIES = 8_192;
export const BUCKET_MAX_BYTES = 32 * 1024 * 1024;
