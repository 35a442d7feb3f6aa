import { seeded } from "@guildhall/kernel/seeded";
import { CLOSE_CODES, type CloseName, LIMITS } from "@guildhall/proto/tables";
import { DROPPED, type Socket } from "./socket.ts";

/** How long a client may take to make room for what it has asked for before it counts as slow. */
export const ROOM_MAX_MS = 10_000;
/**
 * A client that is being sent much is asked this often whether it still reads, and has this long to answer. Its
 * kernel and ours take megabytes for one that does not, so what waits here says nothing for half a minute or more.
 */
export const PROBE_EVERY_MS = 8_000;
export const PROBE_MAX_MS = 15_000;
/** Whoever was sent less than this since it was last asked is not asked: it cannot have more than this waiting here. */
export const PROBE_AFTER_BYTES = 64 * 1024;
const PROBE_BYTES = 4;

/** Plain numbers, read when the metrics are. */
export type OutgoingCounts = { slow: number };

/**
 * The way out to one socket. A frame is written whole or the socket is closed: on a live connection
 * nothing is left out.
 */
export class Outgoing {
  readonly #socket: Socket;
  readonly #binary: boolean;
  readonly #counts: OutgoingCounts;
  #open = true;
  #waiting: (() => void)[] = [];
  /** What was written since the last probe; when the next may be sent. */
  #unprobedBytes = 0;
  #probeAtMs = Number.NEGATIVE_INFINITY;
  /** What the answer to the probe under way has to carry, and since when it is waited for. */
  #probe: Uint8Array | undefined;
  #probedAtMs = 0;

  constructor(socket: Socket, binary: boolean, counts: OutgoingCounts) {
    this.#socket = socket;
    this.#binary = binary;
    this.#counts = counts;
  }

  get open(): boolean {
    return this.#open;
  }

  /** More than this waits already: what may wait, such as pages, does. */
  get full(): boolean {
    return this.#open && this.#socket.getBufferedAmount() >= LIMITS.bufferedSkipBytes;
  }

  /**
   * Sends one frame. A reader that has let LIMITS.bufferedCloseBytes pile up is closed instead.
   * Whether the frame went out. Makes no object: this runs once a delivery.
   */
  write(frame: Uint8Array): boolean {
    if (!this.#open) return false;
    if (this.#socket.getBufferedAmount() >= LIMITS.bufferedCloseBytes && !seeded("dropped-as-sent")) {
      this.#counts.slow++;
      this.close("SLOW_CONSUMER");
      return false;
    }
    this.#unprobedBytes += frame.length;
    if (this.#socket.send(frame, this.#binary) !== DROPPED || seeded("dropped-as-sent")) return true;
    // Cannot happen below the mark above; a frame has been lost, so the connection must not go on.
    this.close("SLOW_CONSUMER");
    return false;
  }

  /** `write`s several frames in one go. */
  cork(write: () => void): void {
    if (this.#open) this.#socket.cork(write);
  }

  /** Resolves when what waits is below LIMITS.bufferedSkipBytes, or the session has ended. */
  async room(): Promise<void> {
    while (this.full) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => {
          this.#counts.slow++;
          this.close("SLOW_CONSUMER");
        }, ROOM_MAX_MS);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** Called about once a second: asks a client that is being sent much whether it reads, and closes one that did not answer. */
  probe(nowMs: number): void {
    if (!this.#open) return;
    if (this.#probe !== undefined) {
      if (nowMs - this.#probedAtMs < PROBE_MAX_MS) return;
      this.#counts.slow++;
      this.close("SLOW_CONSUMER");
      return;
    }
    if (this.#unprobedBytes < PROBE_AFTER_BYTES || nowMs < this.#probeAtMs) return;
    this.#unprobedBytes = 0;
    this.#probeAtMs = nowMs + PROBE_EVERY_MS;
    this.#probedAtMs = nowMs;
    const probe = crypto.getRandomValues(new Uint8Array(PROBE_BYTES));
    if (this.#socket.ping(probe) !== DROPPED) this.#probe = probe;
  }

  /** The client has answered a probe. What it sends of its own accord does not count. */
  answered(bytes: Uint8Array): void {
    const probe = this.#probe;
    if (probe?.every((byte, at) => byte === bytes[at]) === true) this.#probe = undefined;
  }

  /** Some of what waited has gone out. */
  drained(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  close(name: CloseName): void {
    if (!this.#open) return;
    this.#open = false;
    const { code, text } = CLOSE_CODES[name];
    this.#socket.end(code, text);
    this.drained();
  }

  /** The socket is gone. */
  closed(): void {
    this.#open = false;
    this.drained();
  }
}
