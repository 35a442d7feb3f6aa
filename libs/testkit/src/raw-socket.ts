import { CLIENT_FRAME, type ClientFrame, type Encoding, type ServerFrameName, SUBPROTOCOL } from "@guildhall/proto";
import { codecFor } from "@guildhall/wire";
import { WebSocket } from "ws";
import { type FrameOf, Inbox, WAIT_MAX_MS } from "./inbox.ts";

/** Frames kept unread. One more ends the socket: a test that needs more should read them. */
const FRAMES_MAX = 100_000;

export type Closed = { readonly code: number; readonly reason: string };
export type Greeting = { readonly tok: string; readonly dev: Uint8Array };

/** A WebSocket without any manners: sends what the test says and keeps what comes. */
export interface RawSocket extends AsyncDisposable {
  send(frame: ClientFrame): void;
  /** Sends bytes or text as they are. */
  sendRaw(data: Uint8Array | string): void;
  /** The first unread frame that matches; it and those before it count as read. @throws Error when none comes in 5 s or the socket closes. */
  next<N extends ServerFrameName>(name: N, match?: (frame: FrameOf<N>) => boolean): Promise<FrameOf<N>>;
  /** Sends `hello` and waits for `welcome`. */
  greet(greeting: Greeting): Promise<FrameOf<"welcome">>;
  readonly closed: Promise<Closed>;
  close(code?: number): void;
}

/** Opens a raw socket. @throws Error where the server refuses the handshake; its text has the HTTP status. */
export async function rawSocket(url: string, options: { protocol?: Encoding } = {}): Promise<RawSocket> {
  const { protocol = "msgpack" } = options;
  const codec = codecFor(protocol);
  const socket = new WebSocket(url, [SUBPROTOCOL[protocol]], {
    perMessageDeflate: false,
    handshakeTimeout: WAIT_MAX_MS,
  });
  const inbox = new Inbox();
  socket.on("message", (data: Buffer) => {
    inbox.push(codec.decodeServer(data));
    if (inbox.size > FRAMES_MAX) socket.terminate();
  });
  const closed = new Promise<Closed>((resolve) => {
    socket.on("close", (code, reason) => {
      inbox.end(`closed with ${code} ${reason.toString()}`);
      resolve({ code, reason: reason.toString() });
    });
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", () => resolve());
    socket.once("error", reject);
  });
  // Every later error is followed by "close".
  socket.on("error", () => {});

  const send = (frame: ClientFrame): void => {
    const bytes = codec.encodeClient(frame);
    socket.send(protocol === "json" ? new TextDecoder().decode(bytes) : bytes);
  };
  const next: RawSocket["next"] = (name, match = () => true) => inbox.next(name, match);

  return {
    send,
    sendRaw: (data) => socket.send(data),
    next,
    async greet({ tok, dev }) {
      send({ t: CLIENT_FRAME.hello, i: 1, v: 1, tok, dev, app: "raw", cap: [] });
      return await next("welcome");
    },
    closed,
    close: (code = 1000) => socket.close(code),
    async [Symbol.asyncDispose]() {
      socket.terminate();
      await closed;
    },
  };
}
