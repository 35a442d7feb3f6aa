import { fromBase64Url } from "@guildhall/kernel";
import { CLIENT_FRAME, type Cursor, type EvFrame, SERVER_FRAME, type ServerFrame, SUBPROTOCOL } from "@guildhall/proto";
import { codecFor } from "@guildhall/wire";
import { OPCODE } from "../clients/framing.ts";
import { openRawSocket, socketTarget } from "../clients/raw-socket.ts";
import type { Notes } from "../driver/crowd.ts";
import { GuildhallMember } from "../driver/guildhall-member.ts";
import type { Person } from "../driver/messages.ts";
import { Splitter } from "./splitter.ts";

const codec = codecFor("msgpack");

export type VisitorOptions = {
  readonly url: string;
  readonly notes: Notes;
  /** Sent as `X-Forwarded-For`: the address the visitor is counted under, where the server trusts us. */
  readonly from?: string;
  /** Each `ev` frame, before its seqs are counted. */
  readonly onEvents?: (visitor: Visitor, frame: EvFrame) => void;
};

/** One person with one connection at a time, who knows how far they have got in each group. */
export class Visitor extends GuildhallMember {
  readonly person: Person;
  /** Newest seq, and epoch, by group. */
  readonly stands = new Map<number, { readonly ep: number; readonly s: number }>();
  /** Frames that did not follow on what was there. */
  holes = 0;
  /** Its frames are taken and not looked at: it only makes the server send them. Closes are noted all the same. */
  deaf = false;
  readonly #options: VisitorOptions;
  #leaving = false;

  constructor(person: Person, options: VisitorOptions) {
    super();
    this.person = person;
    this.#options = options;
  }

  /** Connects. @throws Error for a connection or a handshake that is refused. */
  async connect(): Promise<void> {
    const { url, notes, from } = this.#options;
    const splitter = new Splitter((opcode, payload) => this.#frame(opcode, payload));
    this.#leaving = false;
    const target = socketTarget(url, SUBPROTOCOL.msgpack);
    this.socket = await openRawSocket(
      from === undefined ? target : { ...target, forwardedFor: from },
      (bytes, length) => splitter.push(bytes, length),
      (why) => {
        if (this.#leaving) return;
        notes.closed++;
        notes.add(`connection lost: ${why}`);
      },
    );
  }

  /** Signs in, and goes on in its groups where `cur` is given. Resolves with the answer. */
  hello(cur: readonly Cursor[] = []): Promise<unknown> {
    const { access, dev } = this.person;
    const device = fromBase64Url(dev) ?? new Uint8Array(16);
    const rest = cur.length === 0 ? {} : { cur: [...cur] };
    return this.ask((i) => ({
      t: CLIENT_FRAME.hello,
      i,
      v: 1,
      tok: access,
      dev: device,
      app: "loadtest",
      cap: [],
      ...rest,
    }));
  }

  /** Where it stands, as `hello` takes it. */
  cursors(): Cursor[] {
    return [...this.stands].map(([g, { ep, s }]) => [g, 0, ep, s]);
  }

  /** Hangs up without a word. */
  drop(): void {
    this.#leaving = true;
    this.socket?.destroy();
    this.socket = undefined;
  }

  #frame(opcode: number, payload: Buffer): void {
    const { notes } = this.#options;
    if (opcode === OPCODE.ping) this.socket?.pong(payload);
    if (opcode === OPCODE.close && payload.length >= 2)
      notes.add(`closed with ${payload.readUInt16BE(0)} ${payload.toString("utf8", 2)}`);
    if (opcode !== OPCODE.binary || this.deaf) return;
    const frame: ServerFrame = codec.decodeServer(payload);
    if (frame.t === SERVER_FRAME.ev && "e" in frame) return this.#events(frame);
    const unexpected = this.take(frame);
    if (unexpected !== undefined) notes.add(unexpected);
  }

  #events(frame: EvFrame): void {
    this.#options.onEvents?.(this, frame);
    const { g, ep, a, z } = frame;
    const stands = this.stands.get(g);
    if (stands !== undefined && (a !== stands.s + 1 || ep !== stands.ep)) this.holes++;
    if (stands === undefined || z > stands.s) this.stands.set(g, { ep, s: z });
  }
}
