import { CLIENT_FRAME, type Event, type Page } from "@guildhall/proto";
import type { Answer, Peer } from "../peer.ts";

/** A page is asked for this often, and this long. */
const PAGE_EVERY_MS = 10;
const PAGE_EVENTS = 20;

type Seen = { readonly s: number; readonly atMs: number };

/** One device of the person who is removed: what it was pushed and what it could read, of one round. */
export class Device {
  #peer: Peer | undefined;
  #g = 0;
  #events: Seen[] = [];
  #pageNewest = 0;
  pages = 0;
  #asking = false;
  #timer: NodeJS.Timeout | undefined;

  get peer(): Peer {
    if (this.#peer === undefined) throw new Error("not connected");
    return this.#peer;
  }

  /** Asks for the newest page of the group again and again from now on. */
  start(peer: Peer, g: number): void {
    this.#peer = peer;
    this.#g = g;
    this.#timer = setInterval(() => {
      if (this.#asking) return;
      this.#asking = true;
      void this.page().then(() => {
        this.#asking = false;
      });
    }, PAGE_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  event({ s }: Event, atMs: number): void {
    this.#events.push({ s, atMs });
  }

  /** Another round: what came before has been judged. */
  begin(): void {
    this.#events = [];
    this.#pageNewest = 0;
  }

  /** Reads the newest page; resolves with whether it was given one. */
  page(): Promise<boolean> {
    return new Promise((resolve) => {
      this.peer.member.send(
        (i) => ({ t: CLIENT_FRAME.get, i, g: this.#g, before: Number.MAX_SAFE_INTEGER, lim: PAGE_EVENTS }),
        (answer) => resolve(this.#read(answer)),
      );
    });
  }

  /** When the event came; nothing if it did not. */
  sawAtMs(s: number): number | undefined {
    return this.#events.find((one) => one.s === s)?.atMs;
  }

  /** Events that came after `sinceMs` and are older than `s`. */
  inFlight(sinceMs: number, s: number): number {
    return this.#events.filter((one) => one.atMs > sinceMs && one.s < s).length;
  }

  /** What is wrong with the round: it followed from behind `from` and was removed at `removedAt`. */
  judge(from: number, removedAt: number): string[] {
    const wrong: string[] = [];
    let last = from;
    for (const { s } of this.#events) {
      if (s > removedAt) wrong.push(`${s} was delivered, removed at ${removedAt}`);
      else if (s !== last + 1) wrong.push(`${s} was delivered after ${last}`);
      last = s;
    }
    if (last < removedAt) wrong.push(`delivery ended at ${last}, before the removal at ${removedAt}`);
    if (this.#pageNewest > removedAt) wrong.push(`a page had ${this.#pageNewest}, removed at ${removedAt}`);
    return wrong;
  }

  #read(answer: Answer): boolean {
    if (!("d" in answer) || "c" in answer) return false;
    const { z, e } = answer.d as Page;
    this.pages++;
    this.#pageNewest = Math.max(this.#pageNewest, z, ...e.map(({ s }) => s));
    return true;
  }
}
