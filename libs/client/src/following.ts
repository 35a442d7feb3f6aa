import { sleep } from "@guildhall/kernel";
import type {
  ClientFrame,
  Cursor,
  Event,
  EvFrame,
  GapFrame,
  Page,
  PresFrame,
  ServerFrame,
  SubResult,
  SubscribedRow,
} from "@guildhall/proto";
import { CLIENT_FRAME, REMOVAL_KINDS, SERVER_FRAME } from "@guildhall/proto/tables";
import { errorFrom, GuildhallError } from "./errors.ts";
import { type GroupItem, ItemFeed, type Via } from "./items.ts";
import { Lane } from "./lane.ts";
import { Live } from "./live.ts";
import type { PendingTexts } from "./pending.ts";
import type { Request } from "./requests.ts";
import type { Violation } from "./violations.ts";

/** Between attempts to subscribe to a group that cannot be had just now. */
const RETRY_MS = 250;

export type SubscribeOptions = {
  /**
   * active: every event · passive: only `head` items. Made active later, the group is told from where it stands:
   * from its newest event, or from where it was first subscribed to.
   */
  readonly mode?: "active" | "passive";
  /** Begin after this place instead of at the head. */
  readonly after?: { readonly ep: number; readonly s: number };
};

/** What the server said when the group was subscribed to; `head` moves with the events. */
export type GroupState = {
  readonly g: number;
  /** Seq of the newest event told; while passive, of the newest there is. */
  readonly head: number;
  readonly ep: number;
  /** Messages so far. */
  readonly m: number;
  readonly pv: number;
  /** The person's own bits (0–31, 32–51), rank and mute, as of subscribing. */
  readonly me: { readonly p: readonly [number, number]; readonly rank: number; readonly mute?: number };
};

export type FollowingNeeds = {
  run(request: Request): Promise<unknown>;
  page(a: number, z: number): Promise<Page>;
  /** Sends a frame without an answer; false without a connection. */
  tell(frame: ClientFrame): boolean;
  deadlineMs(): number;
  me(): number;
  violation(violation: Violation): void;
  onGap(): void;
  onEvent(via: Via): void;
  readonly pending: PendingTexts;
  readonly fillGaps: boolean;
};

/** A group's events as they come to one client: subscription, lane, and what its readers are told. */
export class Following {
  readonly feed = new ItemFeed();
  readonly live: Live;
  readonly #g: number;
  readonly #needs: FollowingNeeds;
  #lane: Lane;
  /** Subscribed, or about to be: only then are events taken. */
  #wanted = false;
  #subscribed: { mode: "active" | "passive" } | undefined;
  /** As last asked for. */
  #mode: "active" | "passive" = "active";
  /** The newest seq a head has told of. */
  #headS = 0;
  #online: number | undefined;
  #state: GroupState | undefined;
  #pv = 0;
  #m = 0;
  /** Events since the connection was lost. */
  #missed = { resumed: 0, fetched: 0 };
  #lost = false;

  constructor(g: number, needs: FollowingNeeds) {
    this.#g = g;
    this.#needs = needs;
    this.#lane = this.#newLane();
    this.live = new Live(g, { tell: (frame) => needs.tell(frame), emit: (item) => this.feed.emit(item) });
  }

  /** Whether the event with seq `s` was told, or will not be. */
  past(s: number): boolean {
    return this.#subscribed === undefined || this.#lane.last >= s;
  }

  /** The membership is over: whatever of it is still under way is dropped. */
  gone(why: string): void {
    this.#removed(why);
  }

  /** The highest permission version seen. */
  get pv(): number {
    return this.#pv;
  }

  /** A command was answered with this permission version. */
  saw(pv: number): void {
    this.#pv = Math.max(this.#pv, pv);
  }

  /**
   * Begins to follow the group. Calling it again changes the mode.
   * @throws GuildhallError `NOT_MEMBER`, `NOT_FOUND`, `QUOTA` past the server's number of groups.
   */
  async subscribe(options: SubscribeOptions = {}): Promise<GroupState> {
    const { mode = "active", after } = options;
    this.#wanted = true;
    this.#mode = mode;
    if (after !== undefined) this.#lane.begin(after.ep, after.s);
    const deadlineMs = this.#needs.deadlineMs();
    try {
      for (;;) {
        const row = await this.#row(mode, deadlineMs);
        // What is right behind the row has been taken by now, be it a removal: it was followed in the row's own turn.
        if (!("c" in row)) return this.#stateAt(row);
        const error = errorFrom(row);
        if (!error.retry) this.#removed(row.m);
        if (!error.retry || Date.now() >= deadlineMs) throw error;
        await sleep(RETRY_MS);
      }
    } finally {
      this.#wanted = this.#subscribed !== undefined;
      this.#mode = this.#subscribed?.mode ?? mode;
    }
  }

  async #row(mode: "active" | "passive", deadlineMs: number): Promise<SubResult[number]> {
    const rows = (await this.#needs.run({
      commits: false,
      deadlineMs,
      make: (i) => {
        const cursor = this.#lane.cursor();
        const frame = { t: CLIENT_FRAME.sub, i, g: [this.#g], mode: mode === "active" ? 1 : 0 };
        return cursor === undefined ? frame : { ...frame, cur: [cursor] };
      },
      onAnswer: (d) => {
        const [row] = d as SubResult;
        if (row !== undefined && !("c" in row)) this.#follow(row, mode);
      },
    })) as SubResult;
    const row = rows[0];
    if (row === undefined) throw new GuildhallError("INTERNAL", "sub was answered without a row");
    return row;
  }

  #follow(row: SubscribedRow, mode: "active" | "passive"): void {
    this.#subscribed = { mode };
    this.#pv = Math.max(this.#pv, row.pv);
    this.#m = Math.max(this.#m, row.m);
    this.#lane.begin(row.ep, row.s);
    this.#headS = row.s;
    this.#state = { g: this.#g, head: row.s, ep: row.ep, m: row.m, pv: row.pv, me: row.me };
  }

  #stateAt({ ep, s, m, pv, me }: SubscribedRow): GroupState {
    return { g: this.#g, head: Math.max(s, this.#head), ep, m, pv, me };
  }

  /** Stops following. Open iterators stay, and go on if the group is subscribed to again. */
  unsubscribe(): void {
    this.#wanted = false;
    this.#subscribed = undefined;
    this.#lane.close();
    this.#lane = this.#newLane();
    this.#needs.tell({ t: CLIENT_FRAME.unsub, g: [this.#g] });
  }

  /** Undefined before the group was subscribed to. */
  get state(): GroupState | undefined {
    return this.#state && { ...this.#state, head: this.#head, m: this.#m, pv: this.#pv };
  }

  get #head(): number {
    return this.#mode === "passive" ? Math.max(this.#headS, this.#lane.last) : this.#lane.last;
  }

  /** Where to resume from, and how; nothing while the group is not followed. */
  resumption(): { readonly cursor: Cursor; readonly active: boolean } | undefined {
    const cursor = this.#lane.cursor();
    if (this.#subscribed === undefined || cursor === undefined) return undefined;
    return { cursor, active: this.#subscribed.mode === "active" };
  }

  /** Takes what the server says of the group's main lane. */
  onFrame(frame: ServerFrame, via: Via): void {
    if (frame.t === SERVER_FRAME.ev) this.#onEv(frame, via);
    else if (frame.t === SERVER_FRAME.gap) this.#onGap(frame);
    else if (frame.t === SERVER_FRAME.eph) this.live.onEph(frame);
    else if (frame.t === SERVER_FRAME.pres) this.#onPresent(frame);
  }

  #onEv(frame: EvFrame, via: Via): void {
    if (this.#wanted) this.#lane.onEv(frame, via);
  }

  #onGap(frame: GapFrame): void {
    if (!this.#wanted) return;
    if (frame.ep !== this.#lane.cursor()?.[2]) this.live.anew();
    if (frame.why === "removed") this.#removed(frame.why);
    else if (this.#mode === "active") this.#lane.onGap(frame);
    else this.#anew(frame);
  }

  /** The cursor of a passive group is good for nothing any more: it stands at the head, and nothing is fetched. */
  #anew({ ep, s, have, why }: GapFrame): void {
    this.#lane.close();
    this.#lane = this.#newLane();
    this.#lane.begin(ep, s);
    this.#headS = s;
    this.#needs.onGap();
    this.feed.emit({ type: "gap", have, s, why });
  }

  onHead(s: number, m: number, mn: number): void {
    if (!this.#wanted) return;
    this.#headS = Math.max(this.#headS, s);
    this.#m = Math.max(this.#m, m);
    this.feed.emit({ type: "head", s, m, mn });
  }

  /** Told are changes; the first is one. */
  #onPresent({ on }: PresFrame): void {
    if (!this.#wanted || on === undefined || on === this.#online) return;
    this.#online = on;
    this.feed.emit({ type: "online", on });
  }

  onLost(why: string): void {
    if (this.#subscribed === undefined || this.#lost) return;
    this.#lost = true;
    this.#missed = { resumed: 0, fetched: 0 };
    this.feed.emit({ type: "state", state: "lost", why });
  }

  /** The server has replayed what it could; what it could not is fetched first. */
  onResumed(): void {
    this.live.again();
    if (this.#lost && !this.#lane.filling) this.#back();
  }

  onStopped(why: string): void {
    this.#lane.close();
    this.live.close();
    this.feed.emit({ type: "state", state: "stopped", why });
    this.feed.end();
  }

  #newLane(): Lane {
    return new Lane(this.#g, {
      page: (a, z) => this.#needs.page(a, z),
      emit: (item) => this.#onItem(item),
      violation: (violation) => this.#needs.violation(violation),
      onFilled: () => this.onResumed(),
      fillGaps: this.#needs.fillGaps,
    });
  }

  #onItem(item: GroupItem): void {
    if (item.type === "gap") this.#needs.onGap();
    if (item.type !== "event") {
      this.feed.emit(item);
      return;
    }
    const { event, via } = item;
    this.#needs.onEvent(via);
    this.live.ended(event.u);
    if (via !== "live" && this.#lost) this.#missed[via === "resume" ? "resumed" : "fetched"]++;
    this.#pv = Math.max(this.#pv, event.pv);
    this.#m = Math.max(this.#m, event.m);
    const answered =
      event.gr !== undefined || event.u === this.#needs.me() ? this.#needs.pending.resolve(event) : undefined;
    if (answered !== undefined) {
      const detail = `answered as seq ${answered}, came as ${event.s}`;
      this.#needs.violation({ kind: "place", g: this.#g, s: event.s, detail });
    }
    this.feed.emit(item);
    if (REMOVAL_KINDS.has(event.k) && subjectOf(event) === this.#needs.me()) this.#removed(event.k);
  }

  #removed(why: string): void {
    const followed = this.#subscribed !== undefined;
    this.#wanted = false;
    this.#subscribed = undefined;
    this.#lost = false;
    this.#lane.close();
    this.#lane = this.#newLane();
    if (followed) this.feed.emit({ type: "state", state: "removed", why });
  }

  #back(): void {
    this.#lost = false;
    this.feed.emit({ type: "state", state: "back", ...this.#missed });
  }
}

function subjectOf(event: Event): unknown {
  return typeof event.b === "object" && event.b !== null && "u" in event.b ? event.b.u : undefined;
}
