import { fromBase64Url, makeNonce } from "@guildhall/kernel";
import {
  CLIENT_FRAME,
  type ClientFrame,
  type Committed,
  type ErrFrame,
  type Event,
  type EvFrame,
  type GapFrame,
  type HelloFrame,
  type OkFrame,
  SERVER_FRAME,
  SUBPROTOCOL,
  type SubResult,
  type SubscribedRow,
} from "@guildhall/proto";
import { codecFor } from "@guildhall/wire";
import { OPCODE } from "../clients/framing.ts";
import { openRawSocket, type RawSocket, socketTarget } from "../clients/raw-socket.ts";
import { GuildhallMember } from "../driver/guildhall-member.ts";
import type { Person } from "../driver/messages.ts";
import { FrameReader } from "./frame-reader.ts";

const codec = codecFor("msgpack");

/** How a connection ended: the code of its close frame, none without one. */
export type Ended = { readonly code: number | undefined; readonly atMs: number };

export type PeerHooks = {
  /** Every event that is pushed, in the order in which it comes. */
  readonly event?: (event: Event, atMs: number, g: number) => void;
  readonly gap?: (frame: GapFrame) => void;
  readonly ended?: (ended: Ended) => void;
};

export type Answer = OkFrame | ErrFrame;

/** One connection of one person, without any manners of its own. */
export class Peer {
  readonly member = new GuildhallMember();
  readonly #hooks: PeerHooks;
  readonly #frames = new FrameReader();
  readonly #over: Promise<Ended>;
  #end: (ended: Ended) => void = () => {};
  #code: number | undefined;
  ended: Ended | undefined;

  private constructor(hooks: PeerHooks) {
    this.#hooks = hooks;
    this.#over = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Connects. @throws Error that says how the handshake was answered. */
  static async dial(url: string, hooks: PeerHooks = {}, headers: readonly string[] = []): Promise<Peer> {
    const peer = new Peer(hooks);
    const target = { ...socketTarget(url, SUBPROTOCOL.msgpack), headers };
    peer.member.socket = await openRawSocket(
      target,
      (bytes, length) => peer.#frames.push(bytes, length, (opcode, payload) => peer.#take(opcode, payload)),
      () => {
        peer.ended = { code: peer.#code, atMs: performance.now() };
        peer.#end(peer.ended);
        hooks.ended?.(peer.ended);
      },
    );
    return peer;
  }

  get socket(): RawSocket {
    if (this.member.socket === undefined) throw new Error("not connected");
    return this.member.socket;
  }

  /** Says hello and resolves with what `ok` tells of the resume. */
  greet({ access, dev }: Person, resume: Pick<HelloFrame, "cur" | "act"> = {}): Promise<unknown> {
    const device = fromBase64Url(dev) ?? new Uint8Array(16);
    return this.#ask((i) => ({
      t: CLIENT_FRAME.hello,
      i,
      v: 1,
      tok: access,
      dev: device,
      app: "faults",
      cap: [],
      ...resume,
    }));
  }

  /** As `ask`, but ends with the connection. @throws Error also when the connection is closed. */
  #ask(frame: (i: number) => ClientFrame): Promise<unknown> {
    return Promise.race([
      this.member.ask(frame),
      this.#over.then(({ code }) => Promise.reject(new Error(`closed with ${code ?? "no code"} before the answer`))),
    ]);
  }

  /** Follows the group from now on. @throws Error where it may not. */
  async follow(g: number): Promise<SubscribedRow> {
    const rows = (await this.member.ask((i) => ({ t: CLIENT_FRAME.sub, i, g: [g], mode: 1 }))) as SubResult;
    const row = rows.find((one) => one.g === g);
    if (row === undefined || !("s" in row)) throw new Error(`not subscribed: ${JSON.stringify(rows)}`);
    return row;
  }

  /** A command, until it is done. @throws Error for a refusal that stands. */
  async command(g: number, m: string, a: object): Promise<Committed> {
    const n = makeNonce(Date.now());
    return (await this.member.ask((i) => ({ t: CLIENT_FRAME.cmd, i, g, n, m, a }))) as Committed;
  }

  async createGroup(name: string): Promise<number> {
    const n = makeNonce(Date.now());
    const a = { name, category: "support" };
    const made = await this.member.ask((i) => ({ t: CLIENT_FRAME.ask, i, n, m: "group.create", a }));
    return (made as { g: number }).g;
  }

  /** One message; `onAnswer` is called once, unless the connection is lost. */
  say(g: number, text: string, onAnswer: (answer: Answer) => void): void {
    const n = makeNonce(Date.now());
    this.member.send((i) => ({ t: CLIENT_FRAME.send, i, g, n, k: "text", b: { t: text } }), onAnswer);
  }

  #take(opcode: number, payload: Buffer): void {
    if (opcode === OPCODE.ping) return this.socket.pong(payload);
    if (opcode === OPCODE.close && payload.length >= 2) {
      this.#code = payload.readUInt16BE(0);
      return;
    }
    if (opcode !== OPCODE.binary) return;
    const frame = codec.decodeServer(payload);
    if (frame.t === SERVER_FRAME.ev && "e" in frame) {
      const nowMs = performance.now();
      for (const event of frame.e) this.#hooks.event?.(event, nowMs, (frame as EvFrame).g);
    } else if (frame.t === SERVER_FRAME.gap) this.#hooks.gap?.(frame as GapFrame);
    else this.member.take(frame);
  }
}

/** The text of a message, or nothing for another event. */
export function textIn({ k, b }: Event): string | undefined {
  const body: unknown = b;
  return k === "text" && typeof body === "object" && body !== null && "t" in body && typeof body.t === "string"
    ? body.t
    : undefined;
}
