import {
  CLIENT_FRAME,
  type ClientFrame,
  type ClientFrameName,
  type Encoding,
  type Event,
  SERVER_FRAME,
  type ServerFrame,
  SUBPROTOCOL,
} from "@guildhall/proto";
import { codecFor } from "@guildhall/wire";
import type { SocketEvents, SocketFactory } from "./socket.ts";

export const EPOCH = 7;
export const ME = 11;

type FrameOf<N extends ClientFrameName> = Extract<ClientFrame, { t: (typeof CLIENT_FRAME)[N] }>;
/** Answers a frame by calling `connection.send`; true: the frame is dealt with. */
export type Script = (frame: ClientFrame, connection: FakeConnection) => boolean;

/** The server's end of one connection in memory. */
export class FakeConnection {
  readonly received: ClientFrame[] = [];
  readonly #events: SocketEvents;
  readonly #codec;
  readonly #json: boolean;
  #wake: (() => void)[] = [];
  #taken = 0;
  closedByClient: { code: number; reason: string } | undefined;
  ended = false;

  constructor(encoding: Encoding, events: SocketEvents) {
    this.#codec = codecFor(encoding);
    this.#json = encoding === "json";
    this.#events = events;
  }

  send(frame: ServerFrame): void {
    if (this.ended) return;
    const bytes = this.#codec.encodeServer(frame);
    this.#events.onMessage(this.#json ? new TextDecoder().decode(bytes) : bytes);
  }

  ok(i: number, d: unknown): void {
    this.send({ t: SERVER_FRAME.ok, i, d });
  }

  /** Ends it from the server's side; 1006 stands for a connection that was lost. */
  close(code: number, reason = ""): void {
    if (this.ended) return;
    this.ended = true;
    this.#events.onClose(code, reason);
  }

  receive(frame: ClientFrame): void {
    this.received.push(frame);
    for (const wake of this.#wake.splice(0)) wake();
  }

  /** The next frame called `name`; frames before it are passed over. */
  async next<N extends ClientFrameName>(name: N): Promise<FrameOf<N>> {
    for (;;) {
      const frame = this.received[this.#taken];
      if (frame === undefined) await new Promise<void>((resolve) => this.#wake.push(resolve));
      else {
        this.#taken++;
        if (frame.t === CLIENT_FRAME[name]) return frame as FrameOf<N>;
      }
    }
  }

  clientClosed(code: number, reason: string): void {
    this.closedByClient ??= { code, reason };
    queueMicrotask(() => this.close(code, reason));
  }

  decode(data: Uint8Array | string): ClientFrame {
    return this.#codec.decodeClient(typeof data === "string" ? new TextEncoder().encode(data) : data);
  }
}

/** A server in memory that does what its script says: greets, unless told otherwise, and nothing else. */
export class FakeServer {
  readonly connections: FakeConnection[] = [];
  script: Script;
  /** Set: dialling fails. */
  refusing = false;
  dialled = 0;
  #wake: (() => void)[] = [];

  constructor(script: Script = greet) {
    this.script = script;
  }

  readonly socket: SocketFactory = async (_url, protocol, events) => {
    this.dialled++;
    const encoding = protocol === SUBPROTOCOL.json ? "json" : "msgpack";
    const connection = new FakeConnection(encoding, events);
    if (this.refusing) queueMicrotask(() => connection.close(1006));
    else {
      this.connections.push(connection);
      for (const wake of this.#wake.splice(0)) wake();
      queueMicrotask(() => events.onOpen());
    }
    return {
      send: (data) => {
        if (connection.ended) return;
        const frame = connection.decode(data);
        if (this.script(frame, connection) !== true) connection.receive(frame);
      },
      close: (code, reason) => connection.clientClosed(code, reason),
    };
  };

  /** The connection made as number `index`, from 0, once there is one. */
  async connection(index: number): Promise<FakeConnection> {
    for (;;) {
      const connection = this.connections[index];
      if (connection !== undefined) return connection;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }
}

export function welcomeFrame(i: number, more: { hb?: number; exp?: number; rate?: number } = {}): ServerFrame {
  const { hb = 25_000, exp = Date.now() + 600_000, rate = 0 } = more;
  const lim = { in: 16_384, out: 65_536, rate, send: 0, act: 32 };
  return { t: SERVER_FRAME.welcome, i, sid: "s", u: ME, ts: Date.now(), hb, exp, lim, cap: [] };
}

/** Welcomes, says that everything was resumed and answers pings; leaves the hello to be read. */
export const greet: Script = (frame, connection) => {
  if (frame.t === CLIENT_FRAME.ping) connection.send({ t: SERVER_FRAME.pong, ts: Date.now() });
  if (frame.t !== CLIENT_FRAME.hello) return false;
  connection.receive(frame);
  connection.send(welcomeFrame(frame.i));
  connection.ok(frame.i, { full: frame.cur?.length ?? 0, gap: 0 });
  return true;
};

/** `greet`, and subscriptions succeed at head `s`. */
export const greetAndSubscribe =
  (s: number): Script =>
  (frame, connection) => {
    if (frame.t !== CLIENT_FRAME.sub) return greet(frame, connection);
    connection.ok(
      frame.i,
      frame.g.map((g) => subRow(g, s)),
    );
    return true;
  };

export function subRow(g: number, s: number) {
  return { g, l: 0, ep: EPOCH, s, m: s, pv: 1, me: { p: [0xff, 0], rank: 0 }, rec: "full" };
}

export function textEvent(s: number, more: Partial<Event> = {}): Event {
  return { s, k: "text", u: 5, ts: 1_000 + s, m: s, pv: 1, b: { t: `line ${s}` }, ...more };
}

/** An `ev` frame of the texts a to z. */
export function evFrame(g: number, a: number, z = a, ep = EPOCH): ServerFrame {
  return { t: SERVER_FRAME.ev, g, ep, a, z, e: texts(a, z) };
}

export function texts(a: number, z: number): Event[] {
  return Array.from({ length: z - a + 1 }, (_, at) => textEvent(a + at));
}

export function pageOf(a: number, z: number, ep = EPOCH) {
  return { a, z, e: texts(a, z), more: false, ep };
}
