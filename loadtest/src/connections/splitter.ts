import { frameAt, Partial } from "../driver/partial.ts";

/** What is handed on: one whole frame. The payload is lent until this returns. */
export type OnFrame = (opcode: number, payload: Buffer) => void;

/** Cuts the bytes of one connection into frames. Holds at most one that is not whole. */
export class Splitter {
  readonly #onFrame: OnFrame;
  #partial: Partial | undefined;

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  /** Takes what one read brought. @throws Error for bytes that are no frames, and what `onFrame` throws. */
  push(bytes: Buffer, length: number): void {
    let at = 0;
    while (at < length) {
      const frame = this.#partial === undefined ? frameAt(bytes, at, length) : undefined;
      if (frame !== undefined && at + frame.bytes <= length) {
        this.#onFrame(frame.opcode, bytes.subarray(at + frame.headerBytes, at + frame.bytes));
        at += frame.bytes;
      } else at = this.#fill(bytes, at, length);
    }
  }

  #fill(bytes: Buffer, from: number, to: number): number {
    this.#partial ??= new Partial();
    const at = this.#partial.push(bytes, from, to);
    const whole = this.#partial.whole();
    if (whole === undefined) return at;
    this.#partial = undefined;
    const { opcode, headerBytes } = frameAt(whole, 0, whole.length) ?? { opcode: 0, headerBytes: 0 };
    this.#onFrame(opcode, whole.subarray(headerBytes));
    return at;
  }
}
