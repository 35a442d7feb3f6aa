import type { Entry } from "@guildhall/proto";
import { BUCKET_MAX_BYTES, BUCKET_MAX_ENTRIES, BUCKET_MAX_MS, BUCKET_MIN_ENTRIES } from "@guildhall/timeline";

/** What an entry weighs in its bucket beside its body, bytes; measured on stored rows. */
const ENTRY_BYTES = 160;

/** The head of a lane: what the next entry continues. */
export class Lane {
  readonly g: number;
  readonly l: number;
  s = 0;
  at = 0;
  m = 0;
  pv = 0;
  /** The open bucket: first seq, time of it, bytes in it. 0 before the first entry. */
  bk = 0;
  bkAt = 0;
  bb = 0;
  /** Up to this seq the store has everything. */
  storedTo = 0;
  /** The newest entries that are not stored, contiguous, rising up to `s`. The bodies of older ones are in the journal only. */
  unstored: Entry[] = [];

  constructor(g: number, l: number) {
    this.g = g;
    this.l = l;
  }

  /** The bucket for an entry at `at` with a body of `bytes`: the open one, or a new one from its seq on. */
  bucketFor(at: number, bytes: number): { readonly bk: number; readonly bb: number; readonly opened: boolean } {
    const size = ENTRY_BYTES + bytes;
    const entries = this.s + 1 - this.bk;
    const full =
      this.bk === 0 ||
      (at - this.bkAt >= BUCKET_MAX_MS && entries >= BUCKET_MIN_ENTRIES) ||
      entries >= BUCKET_MAX_ENTRIES ||
      this.bb + size > BUCKET_MAX_BYTES;
    return full ? { bk: this.s + 1, bb: size, opened: true } : { bk: this.bk, bb: this.bb + size, opened: false };
  }

  /** Moves the head to `entry`, the next one. */
  advance(entry: Entry): void {
    if (entry.bk === entry.s) this.bkAt = entry.at;
    this.s = entry.s;
    this.at = entry.at;
    this.m = entry.m;
    this.pv = entry.pv;
    this.bk = entry.bk;
    this.bb = entry.bb;
    this.unstored.push(entry);
  }

  /** The unstored entry at `s`, if it is in memory. */
  entryAt(s: number): Entry | undefined {
    const first = this.unstored[0];
    return first === undefined ? undefined : this.unstored[s - first.s];
  }

  /** The store has everything up to seq `s`. */
  stored(s: number): void {
    this.storedTo = Math.max(this.storedTo, s);
    this.letGo(s);
  }

  /** Drops entries up to seq `s`. */
  letGo(s: number): void {
    const first = this.unstored[0];
    if (first !== undefined && s >= first.s) this.unstored.splice(0, s - first.s + 1);
  }
}
