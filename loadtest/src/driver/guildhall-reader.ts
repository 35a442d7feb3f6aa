import { nonceKey } from "@guildhall/kernel";
import { type Event, type EvFrame, SERVER_FRAME, type ServerFrame } from "@guildhall/proto";
import { codecFor } from "@guildhall/wire";
import { KEPT_ALONE, type Kept } from "./kept.ts";
import type { LaneReader, Reading } from "./lane.ts";
import type { Sender } from "./sender.ts";

type Remembered = { readonly seq: number; readonly print: string; readonly dueMs: number };
type Judged = { readonly dueMs: number; readonly fault?: "altered" | "unchecked" };

export type GuildhallReaderHooks = {
  /** Any frame that is not an `ev` of the lane. */
  readonly frame: (member: number, frame: ServerFrame) => void;
  readonly control: (opcode: number, payload: Buffer, member: number) => void;
  readonly reached: (member: number, seq: number) => void;
};

/** What makes two copies of an event the same. */
function printOf({ s, k, u, ts, n, m, pv, b, re, mn }: Event): string {
  return JSON.stringify([s, k, u, ts, n === undefined ? "" : nonceKey(n), m, pv, b, re, mn]);
}

/** Reads frames of `guildhall.msgpack.v1` and holds every message of ours against what was sent. */
export class GuildhallReader implements LaneReader {
  readonly #codec = codecFor("msgpack");
  readonly #hooks: GuildhallReaderHooks;
  readonly #senders = new Map<number, Sender>();
  /** The newest events, to judge frames cut otherwise. */
  readonly #remembered: (Remembered | undefined)[];
  /** The lane looked at: lane 0 of this group. */
  group = 0;
  newest = 0;

  constructor(hooks: GuildhallReaderHooks, { events }: Kept = KEPT_ALONE) {
    this.#hooks = hooks;
    this.#remembered = Array.from({ length: events });
  }

  /** Person `u` speaks through `sender`. */
  listen(u: number, sender: Sender): void {
    this.#senders.set(u, sender);
  }

  read(payload: Buffer, member: number): Reading | undefined {
    const frame = this.#codec.decodeServer(payload);
    if (frame.t === SERVER_FRAME.ev && "e" in frame && frame.g === this.group && (frame.l ?? 0) === 0)
      return this.#ev(frame);
    this.#hooks.frame(member, frame);
    return undefined;
  }

  reached(member: number, seq: number): void {
    this.#hooks.reached(member, seq);
  }

  control(opcode: number, payload: Buffer, member: number): void {
    this.#hooks.control(opcode, payload, member);
  }

  #ev({ a, z, e }: EvFrame): Reading {
    let altered = Math.abs(z - a + 1 - e.length);
    let unchecked = 0;
    const dueMs = e.map((event, i) => {
      if (event.s !== a + i) altered++;
      const { dueMs: due, fault } = this.#judge(event);
      if (fault === "altered") altered++;
      if (fault === "unchecked") unchecked++;
      return due;
    });
    this.newest = Math.max(this.newest, z);
    return { first: a, last: z, dueMs, altered, unchecked };
  }

  #judge(event: Event): Judged {
    const print = printOf(event);
    const known = this.#remembered[event.s % this.#remembered.length];
    if (known?.seq === event.s)
      return { dueMs: known.dueMs, ...(known.print === print ? {} : { fault: "altered" as const }) };
    if (known !== undefined && known.seq > event.s) return { dueMs: Number.NaN, fault: "unchecked" };
    const judged = this.#first(event);
    this.#remembered[event.s % this.#remembered.length] = { seq: event.s, print, dueMs: judged.dueMs };
    return judged;
  }

  /** The first copy of an event: a message of a sender is on its way, and its text is the one sent. */
  #first(event: Event): Judged {
    const sender = this.#senders.get(event.u);
    if (sender === undefined || event.k !== "text") return { dueMs: Number.NaN };
    const slot = event.n === undefined ? undefined : sender.slot(nonceKey(event.n));
    if (slot === undefined || slot.seenSeq !== 0) return { dueMs: Number.NaN, fault: "altered" };
    slot.seenSeq = event.s;
    const body: unknown = event.b;
    const same = typeof body === "object" && body !== null && "t" in body && body.t === slot.text;
    return { dueMs: slot.dueMs, ...(same ? {} : { fault: "altered" as const }) };
  }
}
