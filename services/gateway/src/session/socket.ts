/**
 * What a connection can be told. uWebSockets.js's own socket has this shape, so nothing is wrapped on
 * the way out. None of it may be called after the socket has closed.
 */
export interface Socket {
  /** SENT, QUEUED or DROPPED. Copies `bytes` before it returns. */
  send(bytes: Uint8Array, binary: boolean): number;
  /** Asks the other side for a sign of life that carries `bytes`. SENT, QUEUED or DROPPED. */
  ping(bytes: Uint8Array): number;
  /** Bytes that wait for the kernel to take them. */
  getBufferedAmount(): number;
  /** Sends a close frame with `code` and closes; the closing is reported before this returns. */
  end(code: number, text: string): void;
  /** What `write` sends goes out in one write. */
  cork(write: () => void): unknown;
}

/** All but the rest is queued in the process. */
export const QUEUED = 0;
export const SENT = 1;
/** Over the hard bound: the bytes are lost. */
export const DROPPED = 2;
