import { sleep } from "@guildhall/kernel";
import type { Event, EvFrame, GapFrame, Page } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { GuildhallError } from "./errors.ts";
import type { GroupItem, Via } from "./items.ts";
import { Remembered, type Violation } from "./violations.ts";

/** Events held while a hole before them is filled. At the bound the hole becomes a gap and they are fetched with it. */
const HELD_MAX_EVENTS = 1_000;
/** A hole that is not filled for this long becomes a gap. */
const HOLE_MAX_MS = 2_000;
/** Pages in a row that bring nothing new before a range is given up. */
const EMPTY_PAGES_MAX = 3;
/** Between attempts to read a page that failed for a passing reason. */
const PAGE_RETRY_MS = 500;

export type LaneNeeds = {
  /** Events a to z, at most LIMITS.pageMax. @throws GuildhallError */
  page(a: number, z: number): Promise<Page>;
  emit(item: GroupItem): void;
  violation(violation: Violation): void;
  /** A hole or a gap is behind it. */
  onFilled(): void;
  /** Whether what a gap left out is fetched. */
  readonly fillGaps: boolean;
};

type Held = { readonly frame: EvFrame; readonly via: Via };

/**
 * One lane as a client follows it: takes `ev` and `gap` frames in any order and tells each event once, in order.
 * A hole is filled by pages of history; what cannot be filled is told as a gap, never left out silently.
 */
export class Lane {
  readonly #g: number;
  readonly #needs: LaneNeeds;
  readonly #remembered = new Remembered();
  #ep = 0;
  #last = 0;
  #held: Held[] = [];
  #heldEvents = 0;
  #target = 0;
  #filling = false;
  /** Counts fillings, so that one that was given up does nothing more. */
  #fillNumber = 0;
  /** A gap has been told for the range that is being filled. */
  #gapTold = false;
  #closed = false;

  constructor(g: number, needs: LaneNeeds) {
    this.#g = g;
    this.#needs = needs;
  }

  /** Seq of the newest event told; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  get filling(): boolean {
    return this.#filling;
  }

  /** Where the lane stands, for `hello` and `sub`; nothing before it stands anywhere. */
  cursor(): [g: number, l: number, ep: number, s: number] | undefined {
    return this.#ep === 0 ? undefined : [this.#g, 0, this.#ep, this.#last];
  }

  /** Begins after seq `s` of epoch `ep`. What arrived before is judged now. */
  begin(ep: number, s: number): void {
    if (this.#ep !== 0) return;
    this.#ep = ep;
    this.#last = s;
    this.#drain();
    if (this.#target > this.#last && !this.#filling) this.#fill(this.#target);
  }

  close(): void {
    this.#closed = true;
    this.#dropHeld();
  }

  onEv(frame: EvFrame, via: Via): void {
    if (this.#closed) return;
    if (this.#ep === 0) {
      this.#hold(frame, via);
      return;
    }
    if (frame.ep !== this.#ep) this.#newEpoch(frame.ep, frame.a - 1, "epoch");
    if (frame.z <= this.#last) this.#compare(frame.e);
    else if (frame.a <= this.#last + 1) {
      this.#apply(frame.e, frame.z, via);
      this.#drain();
    } else {
      this.#hold(frame, via);
      if (!this.#filling) this.#fill(frame.a - 1);
    }
  }

  onGap(frame: GapFrame): void {
    if (this.#closed) return;
    if (this.#ep !== 0 && frame.ep !== this.#ep) this.#newEpoch(frame.ep, frame.s, frame.why);
    else if (frame.s < frame.have && frame.have <= this.#last) this.#forgotten(frame);
    else if (frame.s > this.#last) {
      if (this.#ep === 0) this.begin(frame.ep, frame.have);
      this.#tellGap(frame.s, frame.why);
      this.#fill(frame.s);
    }
  }

  /** The server's head is behind what it has sent before, in one epoch: nothing that follows would be new. */
  #forgotten({ ep, s, have, why }: GapFrame): void {
    this.#violation("short", s + 1, `the head is ${s} where it had been ${have}`);
    this.#newEpoch(ep, s, why);
  }

  /** The journal was lost or restored: seqs begin anew, and at most one page before `s` is read again. */
  #newEpoch(ep: number, s: number, why: string): void {
    const have = this.#last;
    this.#ep = ep;
    this.#remembered.clear();
    this.#dropHeld();
    this.#last = this.#needs.fillGaps ? Math.max(0, s - LIMITS.pageMax) : s;
    this.#target = this.#last;
    this.#gapTold = true;
    this.#needs.emit({ type: "gap", have, s, why });
    if (s > this.#last) this.#fill(s);
    else this.#gapTold = false;
  }

  #apply(events: readonly Event[], z: number, via: Via): void {
    for (const event of events) {
      if (this.#closed) return;
      if (event.s <= this.#last) {
        this.#compare([event]);
        continue;
      }
      if (event.s !== this.#last + 1) this.#violation("order", event.s, `after ${this.#last} came ${event.s}`);
      this.#remembered.keep(event);
      this.#last = event.s;
      this.#needs.emit({ type: "event", event, via });
    }
    if (this.#last < z) {
      this.#violation("short", z, `a range up to ${z} ended at ${this.#last}`);
      this.#last = z;
    }
  }

  #compare(events: readonly Event[]): void {
    for (const event of events) {
      if (this.#remembered.contradicts(event)) this.#violation("content", event.s, `two contents for seq ${event.s}`);
    }
  }

  #hold(frame: EvFrame, via: Via): void {
    if (this.#heldEvents + frame.e.length > HELD_MAX_EVENTS) {
      if (this.#ep !== 0) this.#tellGap(frame.z, "too much to hold");
      this.#target = Math.max(this.#target, frame.z);
      this.#dropHeld();
      return;
    }
    this.#held.push({ frame, via });
    this.#heldEvents += frame.e.length;
  }

  #dropHeld(): void {
    this.#held = [];
    this.#heldEvents = 0;
  }

  /** Applies what is held and no longer behind a hole; a hole within it is filled next. */
  #drain(): void {
    if (this.#filling && this.#last < this.#target) return;
    const held = this.#held.sort((one, other) => one.frame.a - other.frame.a);
    this.#dropHeld();
    for (const { frame, via } of held) this.onEv(frame, via);
  }

  #tellGap(s: number, why: string): void {
    if (this.#gapTold) return;
    this.#gapTold = true;
    this.#needs.emit({ type: "gap", have: this.#last, s, why });
  }

  #fill(target: number): void {
    this.#target = Math.max(this.#target, target);
    if (this.#gapTold && !this.#needs.fillGaps) this.#skip();
    else if (!this.#filling) {
      this.#filling = true;
      void this.#fillAll();
    }
  }

  /** Never rejects. */
  async #fillAll(): Promise<void> {
    const number = ++this.#fillNumber;
    const timer = setTimeout(() => this.#holeLasts(), HOLE_MAX_MS);
    const goesOn = (): boolean => !this.#closed && number === this.#fillNumber;
    let empty = 0;
    while (goesOn() && this.#last < this.#target && empty < EMPTY_PAGES_MAX) {
      const before = this.#last;
      const failure = await this.#fillPage();
      if (!goesOn()) break;
      if (failure !== undefined && !failure.retry) {
        this.#tellGap(this.#target, failure.code);
        break;
      }
      if (failure !== undefined) await sleep(PAGE_RETRY_MS);
      else if (this.#last === before) empty++;
      else empty = 0;
    }
    clearTimeout(timer);
    if (!goesOn()) return;
    if (empty === EMPTY_PAGES_MAX) {
      this.#violation("short", this.#last + 1, `history does not have seq ${this.#last + 1}`);
      this.#tellGap(this.#target, "not in history");
    }
    this.#skip();
  }

  async #fillPage(): Promise<GuildhallError | undefined> {
    const ep = this.#ep;
    const a = this.#last + 1;
    try {
      const page = await this.#needs.page(a, Math.min(this.#target, a + LIMITS.pageMax - 1));
      if (this.#closed || ep !== this.#ep) return undefined;
      if (page.ep === ep) this.#apply(page.e, this.#last, "fetched");
      else this.#newEpoch(page.ep, page.z, "epoch");
      return undefined;
    } catch (error) {
      return error instanceof GuildhallError ? error : new GuildhallError("INTERNAL", String(error), { cause: error });
    }
  }

  #holeLasts(): void {
    if (this.#closed || this.#last >= this.#target) return;
    this.#tellGap(this.#target, "hole");
    if (!this.#needs.fillGaps) this.#skip();
  }

  /** Ends a filling: what it did not bring stays out, and following events come from behind it. */
  #skip(): void {
    this.#last = Math.max(this.#last, this.#target);
    this.#filling = false;
    this.#fillNumber++;
    this.#gapTold = false;
    if (this.#closed) return;
    this.#drain();
    if (!this.#filling) this.#needs.onFilled();
  }

  #violation(kind: Violation["kind"], s: number, detail: string): void {
    this.#needs.violation({ kind, g: this.#g, s, detail });
  }
}
