import { fromBase64Url } from "@guildhall/kernel";
import type { ClientFrame, ErrFrame, OkFrame, ServerFrame } from "@guildhall/proto";
import { CLIENT_FRAME, type Encoding, ERRORS, SERVER_FRAME, SUBPROTOCOL } from "@guildhall/proto/tables";
import { codecFor } from "@guildhall/wire";
import { readHeader } from "../../clients/framing.ts";
import type { Person } from "../../driver/messages.ts";
import { binary, OP, ping, pong, text } from "./bytes.ts";
import { type Address, Peer } from "./peer.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const HANDSHAKE_MAX_MS = 10_000;
const ANSWER_MAX_MS = 10_000;
/** From a close frame to the end of the connection: a second, and five for a busy machine. */
const FIN_MAX_MS = 6_000;

/** The lines of a good handshake. */
export function handshakeLines(encoding: Encoding, more: readonly string[] = []): string[] {
  return [
    "GET /ws HTTP/1.1",
    "Host: 127.0.0.1",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Key: ${KEY}`,
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Protocol: ${SUBPROTOCOL[encoding]}`,
    ...more,
  ];
}

/** Lines as a request's head. */
export const head = (lines: readonly string[]): string => `${lines.join("\r\n")}\r\n\r\n`;

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(ERRORS).map(([name, { c }]) => [c, name]));

/**
 * A WebSocket of which every byte is ours, and what the server said on it in words: `OK`, `PONG`, `ERR BAD_FRAME`,
 * `CLOSE 4400`, and `DROP` for an end without a close frame. Answers of several rows name the errors in them.
 */
export class Dialogue {
  readonly peer: Peer;
  readonly encoding: Encoding;
  readonly said: string[] = [];
  /** Everything the server sent us in frames, as text. */
  readonly replies: string[] = [];
  readonly frames: ServerFrame[] = [];
  /** Hears every frame instead of having it kept. */
  onFrame: ((frame: ServerFrame) => void) | undefined;
  #bytes: Buffer = Buffer.alloc(0);
  #bye: number | undefined;
  #closed = false;
  #pongs = 0;
  #probes = 0;
  #request = 0;

  private constructor(peer: Peer, encoding: Encoding) {
    this.peer = peer;
    this.encoding = encoding;
  }

  /** @throws Error when the handshake is refused. */
  static async open(address: Address, encoding: Encoding, more: readonly string[] = []): Promise<Dialogue> {
    const peer = await Peer.open(address);
    const dialogue = new Dialogue(peer, encoding);
    let answer = Buffer.alloc(0);
    peer.onBytes = (bytes) => {
      answer = Buffer.concat([answer, bytes]);
    };
    peer.write(head(handshakeLines(encoding, more)));
    await peer.until(() => answer.includes("\r\n\r\n") || peer.end !== undefined, HANDSHAKE_MAX_MS);
    const status = answer.toString("latin1").split("\r\n", 1)[0] ?? "";
    if (!status.startsWith("HTTP/1.1 101 ")) {
      peer.hangUp();
      throw new Error(`handshake: ${status === "" ? "no answer" : status}`);
    }
    peer.onBytes = (bytes) => dialogue.#take(bytes);
    dialogue.#take(answer.subarray(answer.indexOf("\r\n\r\n") + 4));
    return dialogue;
  }

  /** Whether the server has closed, or hung up. */
  get over(): boolean {
    return this.#closed || this.peer.end !== undefined;
  }

  frame(frame: ClientFrame): void {
    this.peer.write(frameBytes(frame, this.encoding));
  }

  /** Sends a request and gives its answer. @throws Error when none comes in 10 s. */
  async request(fields: Record<string, unknown>): Promise<OkFrame | ErrFrame> {
    const i = ++this.#request + 1_000_000;
    this.frame({ ...fields, i } as unknown as ClientFrame);
    const answer = (): OkFrame | ErrFrame | undefined =>
      this.frames.find((one): one is OkFrame | ErrFrame => isAnswer(one) && one.i === i);
    await this.peer.until(() => answer() !== undefined || this.over, ANSWER_MAX_MS);
    const found = answer();
    if (found === undefined) throw new Error(`no answer to ${JSON.stringify(fields)}: ${this.said.join(", ")}`);
    return found;
  }

  /** What the answer to a request carries. @throws Error for an error. */
  async ok<D>(fields: Record<string, unknown>): Promise<D> {
    const answer = await this.request(fields);
    if (answer.t === SERVER_FRAME.err) throw new Error(`${answer.c} ${answer.m} to ${JSON.stringify(fields)}`);
    return answer.d as D;
  }

  /** Says who is there. What was said up to then is forgotten. @throws Error when the server does not let us in. */
  async hello(person: Person): Promise<void> {
    await this.ok(helloOf(person));
    this.forget();
  }

  forget(): void {
    this.said.length = 0;
    this.frames.length = 0;
  }

  /** A ping of the WebSocket, and whether its pong came before the end: what was sent before it has been read. */
  async probe(maxMs: number): Promise<boolean> {
    const wanted = ++this.#probes;
    this.peer.write(ping(PROBE));
    await this.peer.until(() => this.#pongs >= wanted || this.over, maxMs);
    return this.#pongs >= wanted;
  }

  /** Once it is over: `CLOSE` or `DROP` as the last word, with a note where the close was not as it should be. */
  async lastWord(): Promise<void> {
    if (this.#closed) await this.peer.until(() => this.peer.end !== undefined, FIN_MAX_MS);
    if (this.#closed && this.peer.end === undefined) this.said.push(`no FIN within ${FIN_MAX_MS / 1_000} s`);
    if (!this.#closed && this.peer.end !== undefined) this.said.push("DROP");
  }

  #take(bytes: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    for (;;) {
      const header = readHeader(this.#bytes, 0, this.#bytes.length);
      if (header === undefined) return;
      const end = header.headerBytes + header.payloadBytes;
      if (this.#bytes.length < end) return;
      const payload = this.#bytes.subarray(header.headerBytes, end);
      this.#bytes = this.#bytes.subarray(end);
      this.#hear(header.opcode, payload);
    }
  }

  #hear(opcode: number, payload: Buffer): void {
    // As every WebSocket does by itself; whoever leaves a ping unanswered counts as one that does not read.
    if (opcode === OP.ping) this.peer.writeBetween(pong(payload));
    else if (opcode === OP.pong) {
      if (payload.toString("latin1") === PROBE) this.#pongs++;
      else this.said.push(`WEBSOCKET PONG ${payload.length}`);
    } else if (opcode === OP.close) this.#hearClose(payload);
    else if (opcode === (this.encoding === "msgpack" ? OP.binary : OP.text)) this.#hearFrame(payload);
    else this.said.push(`opcode ${opcode}`);
  }

  #hearClose(payload: Buffer): void {
    this.#closed = true;
    const code = payload.length < 2 ? undefined : payload.readUInt16BE(0);
    const word = code === undefined ? "CLOSE" : `CLOSE ${code}`;
    this.said.push(this.#bye === undefined || this.#bye === code ? word : `${word} after bye ${this.#bye}`);
    this.replies.push(payload.subarray(2).toString("latin1"));
  }

  #hearFrame(payload: Buffer): void {
    const frame = codecFor(this.encoding).decodeServer(payload);
    if (this.onFrame !== undefined) return this.onFrame(frame);
    this.frames.push(frame);
    this.replies.push(JSON.stringify(frame));
    if (frame.t === SERVER_FRAME.bye && "c" in frame) this.#bye = frame.c;
    else if (!NEWS.has(frame.t)) this.said.push(wordOf(frame));
  }
}

const PROBE = "probe";
/** What others do is no answer. */
const NEWS: ReadonlySet<number> = new Set([SERVER_FRAME.ev, SERVER_FRAME.head, SERVER_FRAME.eph, SERVER_FRAME.pres]);

/** `hello` without its number. */
export function helloOf({ access, dev }: Person): Record<string, unknown> {
  return { t: CLIENT_FRAME.hello, v: 1, tok: access, dev: fromBase64Url(dev), app: "hostile", cap: [] };
}

/** A frame of ours as the bytes of a WebSocket frame. */
export function frameBytes(frame: ClientFrame, encoding: Encoding): Buffer {
  const bytes = codecFor(encoding).encodeClient(frame);
  return encoding === "msgpack" ? binary(bytes) : text(bytes);
}

function isAnswer(frame: ServerFrame): frame is OkFrame | ErrFrame {
  return frame.t === SERVER_FRAME.ok || frame.t === SERVER_FRAME.err;
}

/** The name of an error by its number. */
export const errorName = (c: number): string => NAMES.get(c) ?? `error ${c}`;

function wordOf(frame: ServerFrame): string {
  if (frame.t === SERVER_FRAME.err && "c" in frame) return `ERR ${errorName(frame.c)}`;
  if (frame.t === SERVER_FRAME.ok) return `OK${rowsOf((frame as OkFrame).d)}`;
  const name = Object.entries(SERVER_FRAME).find(([, type]) => type === frame.t)?.[0];
  return (name ?? `frame ${String(frame.t)}`).toUpperCase();
}

/** The errors, and what became of the cursors, in the rows of an answer. */
function rowsOf(d: unknown): string {
  if (!Array.isArray(d)) return "";
  const words = (d as readonly { readonly c?: number; readonly rec?: string }[]).map(({ c, rec }) =>
    c === undefined ? rec : errorName(c),
  );
  const told = [...new Set(words.filter((word) => word !== undefined && word !== "full"))];
  return told.length === 0 ? "" : ` [${told.join(" ")}]`;
}
