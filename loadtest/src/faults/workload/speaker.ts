import { makeNonce } from "@guildhall/kernel";
import type { Random } from "../random.ts";
import type { Device, Message } from "./device.ts";
import type { Outcome } from "./outcome.ts";

/** How often devices are filled up. */
const TICK_MS = 25;
/** Answered messages that may be repeated later; at the bound the oldest is forgotten. */
const ANSWERED_MAX = 5_000;

/** How a person speaks. Shares are probabilities. */
export type Manner = {
  /** Requests in flight, a device; each tick fills it up. */
  readonly window: number;
  /** A device begins something new no more often than this, ms; without it whenever there is room. */
  readonly everyMs?: number;
  /** Characters of a text, and what it is filled up with. */
  readonly textLength: number;
  readonly filler: string;
  /** An answered message is sent again. */
  readonly repeat: number;
  /** The nonce of an answered message is sent with another text. */
  readonly reuse: number;
  /** A page of history is read. */
  readonly read: number;
  /** A new message is sent by two devices at once. */
  readonly double: number;
};

type Pending = {
  readonly message: Message;
  readonly sinceMs: number;
  attempts: number;
  open: number;
  done: boolean;
  notBeforeMs: number;
};

export type SpeakerCounts = {
  sent: number;
  answered: number;
  repeats: number;
  reuses: number;
  reads: number;
};

/** One person who speaks on several devices: whatever was not answered is repeated on any of them. */
export class Speaker {
  readonly #name: string;
  readonly #devices: readonly Device[];
  readonly #groups: readonly number[];
  /** May be changed while it speaks. */
  manner: Manner;
  readonly #random: Random;
  readonly #pending = new Set<Pending>();
  readonly #answered: Message[] = [];
  readonly counts: SpeakerCounts = { sent: 0, answered: 0, repeats: 0, reuses: 0, reads: 0 };
  /** Error numbers of new messages that were refused for good; on a sound system there are none. */
  readonly refused = new Set<number>();
  /** Hears of each message when it is answered first, and how long after it was sent first, ms. */
  onAnswered: (g: number, tookMs: number) => void = () => {};
  /** When a device may begin something new. */
  readonly #nextMs = new Map<Device, number>();
  #timer: NodeJS.Timeout | undefined;
  #speaking = false;

  constructor(name: string, devices: readonly Device[], groups: readonly number[], manner: Manner, random: Random) {
    this.#name = name;
    this.#devices = devices;
    this.#groups = groups;
    this.manner = manner;
    this.#random = random;
  }

  /** Messages whose outcome is not known yet. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Speaks until `hush`, and repeats what is not answered until `stop`. */
  start(): void {
    this.#speaking = true;
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
  }

  hush(): void {
    this.#speaking = false;
  }

  stop(): void {
    this.hush();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Sends the newest `count` answered messages again: the first answers must stand. */
  repeatNewest(count: number): void {
    for (const message of this.#answered.slice(-count)) {
      const device = this.#ready();
      if (device === undefined) return;
      this.#again(device, message);
    }
  }

  /** A new message by each device of theirs that is among these, over its window. */
  sayBy(devices: readonly Device[]): void {
    for (const device of this.#devices) if (device.ready && devices.includes(device)) this.#new(device);
  }

  #ready(): Device | undefined {
    const ready = this.#devices.filter((device) => device.ready);
    return ready.length === 0 ? undefined : this.#random.pick(ready);
  }

  #tick(): void {
    const nowMs = performance.now();
    for (const device of this.#devices) {
      if (!device.ready) continue;
      for (let room = this.manner.window - device.inFlight; room > 0; room--) {
        const waiting = this.#due(nowMs);
        if (waiting !== undefined) this.#send(device, waiting);
        else if (this.#speaking && this.#mayBegin(device, nowMs)) this.#say(device);
        else break;
      }
    }
  }

  /** Whether it is time, which is then used up. Who was late does not catch up. */
  #mayBegin(device: Device, nowMs: number): boolean {
    const { everyMs = 0 } = this.manner;
    const dueMs = this.#nextMs.get(device) ?? 0;
    if (nowMs < dueMs) return false;
    this.#nextMs.set(device, Math.max(dueMs + everyMs, nowMs));
    return true;
  }

  #due(nowMs: number): Pending | undefined {
    for (const one of this.#pending) if (one.open === 0 && !one.done && one.notBeforeMs <= nowMs) return one;
    return undefined;
  }

  #say(device: Device): void {
    const { repeat, reuse, read, double } = this.manner;
    const known = this.#answered.length > 0;
    const dice = this.#random.next();
    if (known && dice < repeat) return this.#again(device, this.#random.pick(this.#answered));
    if (known && dice < repeat + reuse) return this.#reuse(device, this.#random.pick(this.#answered));
    if (dice < repeat + reuse + read) return void this.#read(device);
    const pending = this.#new(device);
    const other = this.#devices.find((one) => one !== device && one.ready);
    if (other !== undefined && this.#random.chance(double)) this.#send(other, pending);
  }

  #new(device: Device): Pending {
    const g = this.#random.pick(this.#groups);
    const text = textOf(`${this.#name}-${++this.counts.sent}`, g, this.manner);
    const message = { g, n: makeNonce(device.serverNowMs), text };
    const pending: Pending = { message, sinceMs: performance.now(), attempts: 0, open: 0, done: false, notBeforeMs: 0 };
    this.#pending.add(pending);
    this.#send(device, pending);
    return pending;
  }

  #send(device: Device, pending: Pending): void {
    pending.open++;
    device.attempt(pending.message, pending.attempts++ > 0, (outcome) => this.#settled(pending, outcome));
  }

  #settled(pending: Pending, outcome: Outcome): void {
    pending.open--;
    if (outcome.kind === "ok") {
      if (!pending.done) this.#remember(pending);
      pending.done = true;
      if (this.#random.chance(this.manner.read)) void this.#readBack(pending.message.g, outcome.seq);
    } else if (outcome.kind === "refused") {
      pending.notBeforeMs = performance.now() + outcome.afterMs;
      if (!outcome.again) {
        this.refused.add(outcome.code);
        pending.done = true;
      }
    }
    if (pending.done && pending.open === 0) this.#pending.delete(pending);
  }

  #remember({ message, sinceMs }: Pending): void {
    this.counts.answered++;
    this.onAnswered(message.g, performance.now() - sinceMs);
    this.#answered.push(message);
    if (this.#answered.length > ANSWERED_MAX) this.#answered.shift();
  }

  #again(device: Device, message: Message): void {
    this.counts.repeats++;
    device.attempt(message, true, () => {});
  }

  /** Must be a CONFLICT, and is never seen. */
  #reuse(device: Device, { g, n, text }: Message): void {
    this.counts.reuses++;
    device.attempt({ g, n, text: `${text}!` }, this.#random.chance(0.5), () => {});
  }

  /** A page that must have what was just answered, by any device. */
  async #readBack(g: number, seq: number): Promise<void> {
    const device = this.#ready();
    if (device === undefined) return;
    this.counts.reads++;
    const lim = 1 + this.#random.below(20);
    const a = Math.max(1, seq - this.#random.below(20));
    await device.read(
      g,
      this.#random.pick([
        { before: 2 ** 40, lim },
        { before: seq + 1, lim },
        { a, z: seq + lim },
      ]),
    );
  }

  async #read(device: Device): Promise<void> {
    this.counts.reads++;
    const g = this.#random.pick(this.#groups);
    const s = 1 + this.#random.below(Math.max(1, device.last(g)));
    const lim = 1 + this.#random.below(50);
    const forms = [
      { before: s + 1, lim },
      { around: s, lim },
      { a: s, z: s + lim - 1 },
      { before: 2 ** 40, lim },
    ];
    await device.read(g, this.#random.pick(forms));
  }
}

/** Says whose it is, which, and in which group, so that two texts are never the same and none is at home elsewhere. */
export function textOf(name: string, g: number, { textLength, filler }: Pick<Manner, "textLength" | "filler">): string {
  return `${name}@${g}-`.padEnd(textLength, filler);
}
