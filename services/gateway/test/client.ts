import { AppError, makeNonce, toBase64Url } from "@guildhall/kernel";
import {
  CLIENT_FRAME,
  type ClientFrame,
  type Encoding,
  type ErrFrame,
  type Event,
  type EvFrame,
  type HelloFrame,
  type OkFrame,
  SERVER_FRAME,
  type ServerFrame,
  type ServerFrameName,
  SUBPROTOCOL,
} from "@guildhall/proto";
import { until } from "@guildhall/testkit";
import type { AccessClaims } from "@guildhall/token";
import { codecFor } from "@guildhall/wire";
import { WebSocket } from "ws";

export type FrameOf<N extends ServerFrameName> = Extract<ServerFrame, { t: (typeof SERVER_FRAME)[N] }>;
/** A frame without its type and, if the client shall choose it, its request number. */
type Fields<T extends ClientFrame["t"]> = Omit<Extract<ClientFrame, { t: T }>, "t" | "i">;

/** A token is its own claims. */
export function tokenFor(u: number, dev: Uint8Array, claims: Partial<AccessClaims> = {}): string {
  return JSON.stringify({ sub: u, dev: toBase64Url(dev), auth: Date.now(), exp: Date.now() + 600_000, ...claims });
}

/** Reads what tokenFor wrote. */
export const keys = {
  async verify(token: string): Promise<AccessClaims> {
    try {
      return JSON.parse(token) as AccessClaims;
    } catch (cause) {
      throw new AppError("UNAUTHENTICATED", "not a token", { cause });
    }
  },
};

export function device(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(16));
}

/** A client that keeps everything it is sent. */
export class Client {
  readonly frames: ServerFrame[] = [];
  readonly socket: WebSocket;
  closed: { readonly code: number; readonly reason: string } | undefined;
  readonly #codec;
  readonly #json: boolean;
  #request = 0;

  constructor(url: string, encoding: Encoding) {
    this.#codec = codecFor(encoding);
    this.#json = encoding === "json";
    this.socket = new WebSocket(url, [SUBPROTOCOL[encoding]], { perMessageDeflate: false });
    this.socket.on("message", (data: Buffer) => this.frames.push(this.#codec.decodeServer(data)));
    this.socket.on("close", (code, reason) => {
      this.closed = { code, reason: reason.toString() };
    });
    this.socket.on("error", () => {});
  }

  send(frame: ClientFrame): void {
    this.raw(this.#codec.encodeClient(frame));
  }

  raw(bytes: Uint8Array | string, binary = !this.#json): void {
    this.socket.send(bytes, { binary });
  }

  /** Sends a request and gives its number. */
  request<T extends Extract<ClientFrame, { i: number }>["t"]>(t: T, fields: Fields<T>): number {
    const i = ++this.#request;
    this.send({ t, i, ...fields } as unknown as ClientFrame);
    return i;
  }

  /** Sends a request and waits for its answer. */
  async ask<T extends Extract<ClientFrame, { i: number }>["t"]>(t: T, fields: Fields<T>): Promise<OkFrame | ErrFrame> {
    return this.answer(this.request(t, fields));
  }

  async answer(i: number): Promise<OkFrame | ErrFrame> {
    await until(() => this.answered(i) !== undefined || this.closed !== undefined);
    const frame = this.answered(i);
    if (frame === undefined) throw new Error(`closed with ${this.closed?.code} before the answer`);
    return frame;
  }

  answered(i: number): OkFrame | ErrFrame | undefined {
    return this.frames.find(
      (frame): frame is OkFrame | ErrFrame =>
        (frame.t === SERVER_FRAME.ok || frame.t === SERVER_FRAME.err) && frame.i === i,
    );
  }

  /** What an answer carries. @throws Error for an `err`. */
  async ok<D>(t: Extract<ClientFrame, { i: number }>["t"], fields: Fields<typeof t>): Promise<D> {
    const frame = await this.ask(t, fields);
    if (frame.t === SERVER_FRAME.err) throw new Error(`answered ${frame.c} ${frame.m} ${JSON.stringify(frame.d)}`);
    return frame.d as D;
  }

  async hello(u: number, dev: Uint8Array, fields: Partial<HelloFrame> = {}): Promise<OkFrame | ErrFrame> {
    const tok = fields.tok ?? tokenFor(u, dev);
    return this.ask(CLIENT_FRAME.hello, { v: 1, tok, dev, app: "test", cap: [], ...fields });
  }

  say(g: number, t: string, n = makeNonce(Date.now())): number {
    return this.request(CLIENT_FRAME.send, { g, n, k: "text", b: { t } });
  }

  of<N extends ServerFrameName>(name: N): FrameOf<N>[] {
    return this.frames.filter((frame): frame is FrameOf<N> => frame.t === SERVER_FRAME[name]);
  }

  /** Every event of the group, in the order it came. */
  events(g: number): Event[] {
    return this.of("ev")
      .filter((frame: EvFrame) => frame.g === g)
      .flatMap(({ e }) => e);
  }

  seqs(g: number): number[] {
    return this.events(g).map(({ s }) => s);
  }

  /** Resolves when the group's event `s` is here. */
  async has(g: number, s: number): Promise<void> {
    await until(() => this.seqs(g).includes(s));
  }

  async end(): Promise<{ readonly code: number; readonly reason: string }> {
    await until(() => this.closed !== undefined, 8_000);
    return this.closed ?? { code: 0, reason: "" };
  }
}
