import type { Clock } from "@guildhall/kernel";
import { seeded } from "@guildhall/kernel/seeded";
import { LIMITS } from "@guildhall/proto/tables";
import { type EvHead, encodeEvJson, encodeEvMsgpack, eventToJson } from "@guildhall/wire";
import type { Session } from "../session/session.ts";
import type { Lane } from "./lane.ts";
import type { KeptEvent } from "./ring.ts";
import { veiled } from "./veil.ts";

/** Kept free in a frame for its own fields. */
const HEAD_MAX_BYTES = 256;

/** What is delivered, in plain numbers, read when the metrics are. */
export type DeliveryCounts = { deliveries: number; frames: number; bytes: number };

/** A run of events that go into one `ev` frame. */
type Frames = readonly Uint8Array[];

/**
 * Sends what lanes have pending. A lane that was idle is flushed in the turn that brought the event; a
 * busy one at most once in `gatherMaxMs`, all that gathered in one frame.
 */
export class Flusher {
  readonly #gatherMaxMs: number;
  readonly #clock: Clock;
  readonly #counts: DeliveryCounts;
  readonly #delivered: (seconds: number) => void;
  #due = new Set<Lane>();
  #later = new Set<Lane>();
  #timer: NodeJS.Timeout | undefined;

  /** `delivered`: told of each flush how long its oldest event took since it was decided. */
  constructor(
    gatherMaxMs: number,
    clock: Clock,
    counts: DeliveryCounts,
    delivered: (seconds: number) => void = () => {},
  ) {
    this.#gatherMaxMs = gatherMaxMs;
    this.#clock = clock;
    this.#counts = counts;
    this.#delivered = delivered;
  }

  /** Notes a lane that has something pending. */
  mark(lane: Lane): void {
    if (!this.#later.has(lane)) this.#due.add(lane);
  }

  /** Called at the end of a turn that may have marked lanes. */
  settle(): void {
    if (this.#due.size === 0) return;
    const nowMs = this.#clock.monotonicMs();
    for (const lane of this.#due) {
      if (lane.asking) continue;
      if (nowMs - lane.flushedAtMs >= this.#gatherMaxMs || seeded("no-gather")) this.flush(lane);
      else this.#later.add(lane);
    }
    this.#due.clear();
    if (this.#later.size > 0 && this.#timer === undefined) {
      this.#timer = setTimeout(() => this.#flushLater(), this.#gatherMaxMs);
    }
  }

  /** Sends what the lane has pending to everybody who is attached now. */
  flush(lane: Lane): void {
    const events = lane.pending;
    const [oldest] = events;
    if (oldest === undefined) return;
    lane.pending = [];
    if (lane.veiled) this.#flushVeiled(lane, events);
    else if (seeded("no-gather")) {
      for (const event of events) this.#flushOf(lane, [event]);
    } else this.#flushOf(lane, events);
    const { msgpack, json } = lane.audience;
    // Two machines' clocks: the owner's may be ahead.
    if (msgpack.list.length + json.list.length > 0)
      this.#delivered(Math.max(0, this.#clock.nowMs() - oldest.at) / 1_000);
    // After the work, so that a flush that takes long is followed by a gathering and not by another flush.
    lane.flushedAtMs = this.#clock.monotonicMs();
  }

  #flushOf(lane: Lane, events: readonly KeptEvent[]): void {
    const { msgpack, json } = lane.audience;
    if (msgpack.list.length > 0) this.#deliver(msgpackFrames(lane, events), events.length, msgpack.list);
    if (json.list.length > 0) this.#deliver(jsonFrames(lane, events), events.length, json.list);
  }

  /** The same where not everybody sees all of it: at most two variants, whoever listens. */
  #flushVeiled(lane: Lane, events: readonly KeptEvent[]): void {
    lane.veiled = false;
    const rest = events.map(veiled);
    for (const { list } of [lane.audience.msgpack, lane.audience.json]) {
      const [encoding = "msgpack"] = list.map((session) => session.encoding);
      const seeing = list.filter((session) => lane.audience.sees(session));
      const others = list.filter((session) => !lane.audience.sees(session));
      if (seeing.length > 0) this.#deliver(evFrames(encoding, lane, events), events.length, seeing);
      if (others.length > 0) this.#deliver(evFrames(encoding, lane, rest), events.length, others);
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#due.clear();
    this.#later.clear();
  }

  #flushLater(): void {
    this.#timer = undefined;
    const lanes = this.#later;
    this.#later = new Set();
    for (const lane of lanes) if (!lane.asking) this.flush(lane);
  }

  /**
   * The loop over the members: nothing is made once a session. It runs from the end because a session
   * that is closed on the way is replaced by the last one.
   */
  #deliver(frames: Frames, events: number, sessions: readonly Session[]): void {
    this.#counts.deliveries += events * sessions.length;
    this.#counts.frames += frames.length * sessions.length;
    for (const frame of frames) this.#counts.bytes += frame.length * sessions.length;
    const [only] = frames;
    if (frames.length === 1 && only !== undefined) {
      for (let i = sessions.length - 1; i >= 0; i--) sessions[i]?.out.write(only);
      return;
    }
    let session: Session | undefined;
    const writeAll = () => {
      for (const frame of frames) session?.out.write(frame);
    };
    for (let i = sessions.length - 1; i >= 0; i--) {
      session = sessions[i];
      session?.out.cork(writeAll);
    }
  }
}

/** `ev` frames for consecutive events, each below LIMITS.frameOutMaxBytes, in the session's encoding. */
export function evFrames(encoding: Session["encoding"], lane: Lane, events: readonly KeptEvent[]): Frames {
  return encoding === "msgpack" ? msgpackFrames(lane, events) : jsonFrames(lane, events);
}

function msgpackFrames(lane: Lane, events: readonly KeptEvent[]): Frames {
  return split(lane, events, bytesOf, encodeEvMsgpack);
}

function jsonFrames(lane: Lane, events: readonly KeptEvent[]): Frames {
  return split(lane, events, jsonOf, encodeEvJson);
}

const bytesOf = (event: KeptEvent): Uint8Array => event.bytes;

function jsonOf(event: KeptEvent): string {
  event.json ??= eventToJson(event.bytes);
  return event.json;
}

function split<T extends Uint8Array | string>(
  { g, l, ep }: Lane,
  events: readonly KeptEvent[],
  encoded: (event: KeptEvent) => T,
  frame: (head: EvHead, events: readonly T[]) => Uint8Array,
): Frames {
  const frames: Uint8Array[] = [];
  let parts: T[] = [];
  let bytes = HEAD_MAX_BYTES;
  let a = events[0]?.s ?? 0;
  for (const event of events) {
    const part = encoded(event);
    const size = typeof part === "string" ? Buffer.byteLength(part) + 1 : part.length;
    if (parts.length > 0 && bytes + size > LIMITS.frameOutMaxBytes) {
      frames.push(frame({ g, l, ep, a, z: event.s - 1 }, parts));
      parts = [];
      bytes = HEAD_MAX_BYTES;
      a = event.s;
    }
    parts.push(part);
    bytes += size;
  }
  frames.push(frame({ g, l, ep, a, z: events.at(-1)?.s ?? a }, parts));
  return frames;
}
