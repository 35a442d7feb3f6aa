import { setTimeout as sleep } from "node:timers/promises";
import { CLIENT_FRAME, CLOSE_CODES, type Event, type GapFrame, LIMITS, type Page } from "@guildhall/proto";
import { until } from "@guildhall/testkit";
import type { Person } from "../../driver/messages.ts";
import { Peer } from "../peer.ts";
import type { Timeline } from "./timeline.ts";

/** How long what the kernel holds may take to be read to its end. */
const END_MAX_MS = 30_000;
const VIOLATIONS_MAX = 5;
/** Attempts to come back, while the server says that it is overloaded, and the time between them. */
const TRIES_MAX = 10;
const RETRY_AFTER_MS = 1_000;
/** Too late with its hello, or let in too late: neither side had the time. */
const LATER: ReadonlySet<number | undefined> = new Set([CLOSE_CODES.OVERLOAD.code, CLOSE_CODES.AUTH_FAILED.code]);

/** How one reader came back. */
export type Recovered = {
  /** Of the close frame; none where the connection ended without one. */
  readonly code: number | undefined;
  /** What it had at the end, and after its return: the events between, and how many of them came as pages. */
  readonly had: number;
  readonly has: number;
  readonly paged: number;
  /** Why it was told of a gap; none where what it missed was replayed. */
  readonly gap: string | undefined;
};

/** A member that reads, stops reading, and comes back; it checks every seq and every text. */
export class Reader {
  readonly #url: string;
  readonly #person: Person;
  readonly #g: number;
  readonly #timeline: Timeline;
  #peer: Peer | undefined;
  #ep = 0;
  #last = 0;
  #gap: GapFrame | undefined;
  checked = 0;
  /** Times it was told to come back later. */
  retries = 0;
  readonly violations: string[] = [];

  constructor(url: string, person: Person, g: number, timeline: Timeline) {
    this.#url = url;
    this.#person = person;
    this.#g = g;
    this.#timeline = timeline;
  }

  async start(): Promise<void> {
    const peer = await this.#dial();
    await peer.greet(this.#person);
    const row = await peer.follow(this.#g);
    this.#last = row.s;
    this.#ep = row.ep;
  }

  ping(): void {
    this.#peer?.member.ping();
  }

  stop(): void {
    this.#peer?.socket.pause();
  }

  close(): void {
    this.#peer?.socket.destroy();
  }

  /** Reads what the kernel holds to its end, connects again where that left off, and gets what it missed. `pages`: also after a gap. */
  async recover(pages: boolean): Promise<Recovered> {
    const before = this.#peer;
    before?.socket.resume();
    await until(() => before?.ended !== undefined, END_MAX_MS);
    const had = this.#last;
    this.#gap = undefined;
    const peer = await this.#back();
    const has = this.#last;
    const paged = this.#gap !== undefined && pages ? await this.#read(peer, had + 1, this.#gapEnd()) : 0;
    return { code: before?.ended?.code, had, has, paged, gap: this.#whyGap() };
  }

  /** Connects again from where it stands, as often as it is told that it may. */
  async #back(): Promise<Peer> {
    for (let tries = 1; ; tries++) {
      const peer = await this.#dial();
      try {
        await peer.greet(this.#person, { cur: [[this.#g, 0, this.#ep, this.#last]], act: [this.#g] });
        return peer;
      } catch (error) {
        if (tries === TRIES_MAX || !LATER.has(peer.ended?.code)) throw error;
        this.retries++;
        await sleep(RETRY_AFTER_MS);
      }
    }
  }

  #whyGap(): string | undefined {
    return this.#gap?.why;
  }

  #gapEnd(): number {
    return this.#gap?.s ?? 0;
  }

  async #dial(): Promise<Peer> {
    this.#peer = await Peer.dial(this.#url, {
      event: (event) => this.#pushed(event),
      gap: (frame) => this.#skipped(frame),
    });
    return this.#peer;
  }

  #pushed(event: Event): void {
    if (event.s !== this.#last + 1) this.#wrong(`${event.s} came after ${this.#last}`);
    this.#last = event.s;
    this.#check(event);
  }

  #skipped(frame: GapFrame): void {
    if (frame.have !== this.#last) this.#wrong(`a gap from ${frame.have}, the reader has ${this.#last}`);
    this.#gap = frame;
    this.#last = frame.s;
  }

  /** Reads `a` to `z` page by page. Resolves with how many events that were. */
  async #read(peer: Peer, a: number, z: number): Promise<number> {
    let next = a;
    while (next <= z) {
      const range = { a: next, z: Math.min(z, next + LIMITS.pageMax - 1) };
      const page = (await peer.member.ask((i) => ({ t: CLIENT_FRAME.get, i, g: this.#g, ...range }))) as Page;
      if (page.e.length === 0) {
        this.#wrong(`no page from ${next} to ${z}`);
        break;
      }
      for (const event of page.e) {
        if (event.s !== next) this.#wrong(`a page had ${event.s} after ${next - 1}`);
        next = event.s + 1;
        this.#check(event);
      }
    }
    return next - a;
  }

  #check(event: Event): void {
    this.checked++;
    const wrong = this.#timeline.wrong(event);
    if (wrong !== undefined) this.#wrong(wrong);
  }

  #wrong(what: string): void {
    if (this.violations.length < VIOLATIONS_MAX) this.violations.push(`a reader: ${what}`);
  }
}
