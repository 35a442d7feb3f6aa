import { seeded } from "@guildhall/kernel/seeded";
import { CLOSE_CODES, type CloseName, LIMITS } from "@guildhall/proto/tables";
import { DROPPED, type Socket } from "./socket.ts";

/** How long a client may take to make room for what it has asked for before it counts as slow. */
export const ROOM_MAX_MS = 10_000;

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
