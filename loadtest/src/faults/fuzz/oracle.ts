import type { ClientFrame } from "@guildhall/proto";
import { CLIENT_FRAME, type Encoding } from "@guildhall/proto/tables";
import { codecFor, FrameError } from "@guildhall/wire";

/** What the server has to say to an input. */
export type Due = {
  /** Hung up on by the WebSocket library: text that is no UTF-8. */
  readonly drop: boolean;
  /** The error that the frame itself is, at once; none where it can be read. */
  readonly refused: string | undefined;
  /** A request, whose answer comes whenever it comes; nought: whatever comes has no number. */
  readonly request: number;
  /** Whether the frame may be answered without having asked for it. */
  readonly mayBeRefused: boolean;
  readonly decodeMs: number;
};

const strict = new TextDecoder("utf-8", { fatal: true });
const REFUSED_ONLY: ReadonlySet<number> = new Set([CLIENT_FRAME.read, CLIENT_FRAME.eph, CLIENT_FRAME.unsub]);

/** Reads an input as the server does. @throws whatever is no FrameError: a decoder throws nothing else. */
export function dueFor(bytes: Uint8Array, encoding: Encoding): Due {
  if (encoding === "json" && !isUtf8(bytes)) {
    return { drop: true, refused: undefined, request: 0, mayBeRefused: false, decodeMs: 0 };
  }
  const startedMs = performance.now();
  let frame: ClientFrame | undefined;
  let error: unknown;
  try {
    frame = codecFor(encoding).decodeClient(bytes);
  } catch (thrown) {
    error = thrown;
  }
  const decodeMs = performance.now() - startedMs;
  if (frame === undefined) {
    if (!(error instanceof FrameError)) throw error;
    return { drop: false, refused: error.code, request: 0, mayBeRefused: false, decodeMs };
  }
  const request = "i" in frame ? frame.i : 0;
  return { drop: false, refused: undefined, request, mayBeRefused: REFUSED_ONLY.has(frame.t), decodeMs };
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
