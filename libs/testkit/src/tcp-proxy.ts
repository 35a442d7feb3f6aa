import { createConnection, createServer, type Server, type Socket } from "node:net";

/** Bytes under way in one direction of a connection, late on purpose. At the bound its sender is not read. */
const LATE_MAX_BYTES = 4 * 1024 * 1024;

/** Whose connections are meant, by the client's port. */
export type Whose = (clientPort: number) => boolean;
const everybody: Whose = () => true;
const nobody: Whose = () => false;
/** `up`: from clients to the server; `down`: back. */
export type Direction = "up" | "down";
const BOTH: readonly Direction[] = ["up", "down"];

/**
 * Stands between clients and a server on loopback, and spoils their connections: cuts them, holds what they send back,
 * or brings it late. Nothing is lost, doubled or reordered of a connection that lives.
 */
export class TcpProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  readonly #held: Record<Direction, Whose> = { up: nobody, down: nobody };
  #delayMs = 0;

  private constructor(to: number) {
    this.#server = createServer((client) => {
      const pair = new Pair(client, createConnection({ host: "127.0.0.1", port: to }), () => this.#pairs.delete(pair));
      this.#pairs.add(pair);
      pair.delayMs = this.#delayMs;
      for (const direction of BOTH) if (this.#held[direction](pair.clientPort)) pair.hold(direction);
    });
  }

  /** To that port of 127.0.0.1. */
  static async start(to: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(to);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** Connections that pass through now. */
  get connections(): number {
    return this.#pairs.size;
  }

  /** Ends these connections at once, with a reset. New ones are taken. */
  cut(whose = everybody): void {
    for (const pair of this.#pairs) if (whose(pair.clientPort)) pair.cut();
  }

  /** Half-open: these connections stay, new ones are taken, and nothing passes in these directions until `release`. */
  hold(whose = everybody, directions = BOTH): void {
    for (const direction of directions) {
      this.#held[direction] = whose;
      for (const pair of this.#pairs) if (whose(pair.clientPort)) pair.hold(direction);
    }
  }

  release(directions = BOTH): void {
    for (const direction of directions) {
      this.#held[direction] = nobody;
      for (const pair of this.#pairs) pair.release(direction);
    }
  }

  /** What is sent from now on arrives that much later, each way, ms. */
  delay(ms: number): void {
    this.#delayMs = ms;
    for (const pair of this.#pairs) pair.delayMs = ms;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Both halves of a connection. */
class Pair {
  readonly #ways: Readonly<Record<Direction, Way>>;
  readonly #sockets: readonly Socket[];
  readonly clientPort: number;
  delayMs = 0;

  constructor(client: Socket, server: Socket, onEnd: () => void) {
    this.#sockets = [client, server];
    this.clientPort = client.remotePort ?? 0;
    const delayMs = (): number => this.delayMs;
    this.#ways = { up: new Way(client, server, delayMs), down: new Way(server, client, delayMs) };
    for (const socket of this.#sockets) {
      socket.setNoDelay(true);
      // The other half goes too: a server that is not there is a connection that ends.
      socket.on("error", () => this.cut());
      socket.on("close", () => {
        this.cut();
        onEnd();
      });
    }
  }

  hold(direction: Direction): void {
    this.#ways[direction].hold();
  }

  release(direction: Direction): void {
    this.#ways[direction].release();
  }

  cut(): void {
    for (const direction of BOTH) this.#ways[direction].stop();
    for (const socket of this.#sockets) if (!socket.destroyed) socket.resetAndDestroy();
  }
}

/** One direction of it. */
class Way {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #late = new Set<NodeJS.Timeout>();
  /** What is late, oldest first: timers that are due together do not keep their order, so each passes the oldest. */
  readonly #waiting: Buffer[] = [];
  #lateBytes = 0;
  #dueMs = 0;
  #held = false;

  constructor(from: Socket, to: Socket, delayMs: () => number) {
    this.#from = from;
    this.#to = to;
    from.on("data", (data) => this.#take(data, delayMs()));
    to.on("drain", () => this.#flow());
  }

  hold(): void {
    this.#held = true;
    this.#from.pause();
  }

  release(): void {
    this.#held = false;
    this.#flow();
  }

  stop(): void {
    for (const timer of this.#late) clearTimeout(timer);
    this.#late.clear();
  }

  #take(data: Buffer, delayMs: number): void {
    const nowMs = performance.now();
    // Behind what is late already, also when later bytes are late by less.
    this.#dueMs = Math.max(this.#dueMs, nowMs + delayMs);
    if (delayMs === 0 && this.#late.size === 0) return this.#pass(data);
    this.#lateBytes += data.length;
    if (this.#lateBytes >= LATE_MAX_BYTES) this.#from.pause();
    this.#waiting.push(data);
    const timer = setTimeout(() => {
      this.#late.delete(timer);
      const oldest = this.#waiting.shift() ?? data;
      this.#lateBytes -= oldest.length;
      this.#pass(oldest);
      this.#flow();
    }, this.#dueMs - nowMs);
    this.#late.add(timer);
  }

  #pass(data: Buffer): void {
    if (this.#to.destroyed) return;
    if (!this.#to.write(data)) this.#from.pause();
  }

  #flow(): void {
    if (!this.#held && !this.#to.writableNeedDrain && this.#lateBytes < LATE_MAX_BYTES) this.#from.resume();
  }
}
