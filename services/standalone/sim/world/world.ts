import type { Clock } from "@guildhall/kernel";
import { CLOCKS_APART_MAX_MS } from "@guildhall/proto/tables";
import { Random } from "./random.ts";

/** The wall clock when a simulation begins, ms. */
const BEGIN_MS = 1_800_000_000_000;
/** How far the clock of a process may be off: two are then as far apart as is promised. */
const OFF_MAX_MS = CLOCKS_APART_MAX_MS / 2;
/** Events run between two looks at the event loop; each has its microtasks to itself all the same. */
const BURST = 64;
/** A simulation that has run this many events has got stuck in a loop. */
const EVENTS_MAX = 400_000;

/** What something that happens belongs to: a process that can pause and end, or what lies outside all of them. */
export type Host = { readonly name: string; offMs: number; alive: boolean; paused: boolean; backlog: Due[] };

type Due = { atMs: number; order: number; readonly host: Host; readonly run: () => void; cancelled: boolean };

/**
 * Time and chance of one simulation. Everything that happens later is an event of a host, and events run one
 * after another in the order of their time, each with all its microtasks: so what happens follows from the seed.
 * A paused host's events wait for it, as those of a stopped process; a dead host's are dropped.
 */
export class World {
  readonly random: Random;
  /** Draws what is the same whatever the rest draws. */
  readonly aside: Random;
  /** The clock that is right. */
  readonly clock: Clock;
  /** What lies outside every process: networks, disks, and who breaks them. */
  readonly outside: Host;
  /** Whose event is running. */
  current: Host;
  nowMs = 0;
  events = 0;
  #heap: Due[] = [];
  #order = 0;
  #hash = 2_166_136_261;
  #stopped = false;

  constructor(seed: number) {
    this.random = new Random(seed);
    this.aside = new Random(~seed);
    this.outside = this.host("outside");
    this.current = this.outside;
    this.clock = { nowMs: () => Math.floor(BEGIN_MS + this.nowMs), monotonicMs: () => this.nowMs };
  }

  /** A process whose clock is right, or off by what chance says. */
  host(name: string, clockIsOff = false): Host {
    const offMs = clockIsOff ? Math.floor(this.aside.between(-OFF_MAX_MS, OFF_MAX_MS)) : 0;
    return { name, offMs, alive: true, paused: false, backlog: [] };
  }

  /** Somebody sets the clock of a process that runs. */
  step(host: Host): void {
    host.offMs = Math.floor(this.aside.between(-OFF_MAX_MS, OFF_MAX_MS));
  }

  /** The clock as the process `host` has it: off from the others', and as fast. */
  clockOf(host: Host): Clock {
    return { nowMs: () => this.clock.nowMs() + host.offMs, monotonicMs: () => this.nowMs };
  }

  /** Of all that has happened, in order. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, "0");
  }

  /** Makes something part of what the hash stands for. */
  note(text: string): void {
    for (let i = 0; i < text.length; i++) this.#hash = Math.imul(this.#hash ^ text.charCodeAt(i), 16_777_619);
  }

  noteBytes(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) this.#hash = Math.imul(this.#hash ^ (bytes[i] ?? 0), 16_777_619);
  }

  /** Runs `run` as an event of `host` in `delayMs`. Returns how to cancel it. */
  later(host: Host, delayMs: number, run: () => void): () => void {
    const due = { atMs: this.nowMs + Math.max(0, delayMs), order: this.#order++, host, run, cancelled: false };
    this.#push(due);
    return () => {
      due.cancelled = true;
    };
  }

  /** Resolves in `delayMs`, as an event of `host`. */
  after(host: Host, delayMs: number): Promise<void> {
    return new Promise((resolve) => this.later(host, delayMs, resolve));
  }

  pause(host: Host): void {
    host.paused = true;
  }

  /** What was due meanwhile happens now, in its order. */
  resume(host: Host): void {
    host.paused = false;
    for (const due of host.backlog.splice(0)) {
      due.atMs = this.nowMs;
      due.order = this.#order++;
      this.#push(due);
    }
  }

  kill(host: Host): void {
    host.alive = false;
    host.paused = false;
    host.backlog = [];
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Runs events until `stop`, or until none is left. @throws Error after EVENTS_MAX. */
  run(immediate: (run: () => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      let left = 0;
      const step = (): void => {
        left--;
        try {
          if (!this.#stopped && !this.#step()) this.#stopped = true;
        } catch (error) {
          this.#stopped = true;
          reject(error instanceof Error ? error : new Error(String(error)));
        }
        if (left > 0) return;
        if (this.#stopped) return resolve();
        left = BURST;
        for (let i = 0; i < BURST; i++) immediate(step);
      };
      left = 1;
      immediate(step);
    });
  }

  /** Whether there was an event to run. */
  #step(): boolean {
    if (this.#stopped) return false;
    for (;;) {
      const due = this.#pop();
      if (due === undefined) return false;
      if (due.cancelled || !due.host.alive) continue;
      this.nowMs = Math.max(this.nowMs, due.atMs);
      if (due.host.paused) {
        due.host.backlog.push(due);
        continue;
      }
      if (++this.events > EVENTS_MAX) throw new Error(`${EVENTS_MAX} events at ${Math.round(this.nowMs)} ms`);
      this.current = due.host;
      this.#hash = Math.imul(this.#hash ^ Math.floor(this.nowMs * 1_000), 16_777_619);
      due.run();
      return true;
    }
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let at = heap.push(due) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || before(above, due)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = due;
  }

  #pop(): Due | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const [left, right] = [heap[child], heap[child + 1]];
      if (left === undefined) break;
      if (right !== undefined && before(right, left)) child++;
      const lower = heap[child];
      if (lower === undefined || before(last, lower)) break;
      heap[at] = lower;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function before(one: Due, other: Due): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}
