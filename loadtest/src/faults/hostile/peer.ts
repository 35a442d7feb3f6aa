import { connect, type Socket } from "node:net";

export type Address = { readonly host: string; readonly port: number };

/** How the server ended a connection. `reset` is also what a write to a gone connection brings. */
export type PeerEnd = "fin" | "reset";

const CONNECT_MAX_MS = 10_000;

/** One end of a TCP connection, with everything under our control. */
export class Peer {
  readonly #socket: Socket;
  readonly #waiting = new Set<() => void>();
  #onBytes: (bytes: Buffer) => void = () => {};
  /** What waits for the end of something that is being written in steps. */
  #between: Uint8Array[] | undefined;
  end: PeerEnd | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes: Buffer) => {
      this.#onBytes(bytes);
      this.wake();
    });
    socket.on("end", () => this.#ended("fin"));
    socket.on("error", () => this.#ended("reset"));
    socket.on("close", () => this.#ended("reset"));
  }

  /** @throws Error when nobody takes the connection. */
  static open({ host, port }: Address): Promise<Peer> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, noDelay: true });
      socket.setTimeout(CONNECT_MAX_MS, () => socket.destroy(new Error("no connection in time")));
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.setTimeout(0);
        socket.off("error", reject);
        resolve(new Peer(socket));
      });
    });
  }

  set onBytes(take: (bytes: Buffer) => void) {
    this.#onBytes = take;
  }

  write(bytes: Uint8Array | string): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  /** Writes so many bytes at a time, each in a segment of its own as far as that is in our hands. */
  async writeInSteps(bytes: Uint8Array, stepBytes: number, everyMs = 0): Promise<void> {
    this.#between ??= [];
    for (let at = 0; at < bytes.length && this.end === undefined; at += stepBytes) {
      this.write(bytes.subarray(at, at + stepBytes));
      await new Promise((resolve) => (everyMs === 0 ? setImmediate(resolve) : setTimeout(resolve, everyMs)));
    }
    const waiting = this.#between;
    this.#between = undefined;
    for (const frame of waiting ?? []) this.write(frame);
  }

  /** Writes a whole frame at once, or after what is being written in steps. */
  writeBetween(frame: Uint8Array): void {
    if (this.#between === undefined) this.write(frame);
    else this.#between.push(frame);
  }

  /** What we wrote and the kernel has not taken yet. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  /** Reads no more. */
  pause(): void {
    this.#socket.pause();
  }

  /** Says FIN. */
  halfClose(): void {
    this.#socket.end();
  }

  reset(): void {
    this.#socket.resetAndDestroy();
  }

  hangUp(): void {
    this.#socket.destroy();
  }

  /** Looks again at what is waited for. */
  wake(): void {
    for (const look of this.#waiting) look();
  }

  /** Whether `condition` came true within `maxMs`; it is looked at whenever something came. */
  until(condition: () => boolean, maxMs: number): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const settle = (held: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(held);
      };
      const look = (): void => {
        if (condition()) settle(true);
      };
      const timer = setTimeout(() => settle(false), maxMs);
      this.#waiting.add(look);
    });
  }

  #ended(end: PeerEnd): void {
    this.end ??= end;
    this.wake();
  }
}
