import { type ClientFrame, type Encoding, type ServerFrame, SUBPROTOCOL } from "@guildhall/proto";
import { codecFor } from "@guildhall/wire";
import { WebSocket } from "ws";

const HANDSHAKE_MAX_MS = 15_000;
/** What `onClose` is given for a frame that cannot be decoded; no server closes with it. */
export const UNREADABLE = 4_999;

export type FrameSocketEvents = {
  readonly onFrame: (frame: ServerFrame) => void;
  /** Once, for a socket that was open. */
  readonly onClose: (code: number) => void;
};

/** A WebSocket that hands on each frame in the turn it comes. */
export type FrameSocket = {
  send(frame: ClientFrame): void;
  /** Reads nothing more, so that what comes piles up at the other end, until `resume`. */
  pause(): void;
  resume(): void;
  /** Hangs up without a word. */
  cut(): void;
};

/** Opens one. @throws Error where there is no connection, or the server refuses the handshake. */
export async function frameSocket(
  url: string,
  encoding: Encoding,
  { onFrame, onClose }: FrameSocketEvents,
): Promise<FrameSocket> {
  const codec = codecFor(encoding);
  const socket = new WebSocket(url, [SUBPROTOCOL[encoding]], {
    perMessageDeflate: false,
    handshakeTimeout: HANDSHAKE_MAX_MS,
  });
  let unreadable = false;
  socket.on("message", (data: Buffer) => {
    let frame: ServerFrame;
    try {
      frame = codec.decodeServer(data);
    } catch {
      unreadable = true;
      return socket.terminate();
    }
    onFrame(frame);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  // Every later error is followed by "close".
  socket.on("error", () => {});
  socket.once("close", (code) => onClose(unreadable ? UNREADABLE : code));
  return {
    send(frame) {
      const bytes = codec.encodeClient(frame);
      socket.send(encoding === "json" ? new TextDecoder().decode(bytes) : bytes);
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    cut: () => socket.terminate(),
  };
}
