import { frameAt, Partial } from "../driver/partial.ts";

/** Cuts what a socket brings into frames. */
export class FrameReader {
  #partial: Partial | undefined;

  /**
   * Calls `onFrame` for every frame that is whole now. A payload is lent until `onFrame` returns.
   *
   * @throws Error for bytes that are no frames.
   */
  push(bytes: Buffer, length: number, onFrame: (opcode: number, payload: Buffer) => void): void {
    let at = 0;
    while (at < length) {
      const whole = this.#partial === undefined ? frameAt(bytes, at, length) : undefined;
      if (whole !== undefined && at + whole.bytes <= length) {
        onFrame(whole.opcode, bytes.subarray(at + whole.headerBytes, at + whole.bytes));
        at += whole.bytes;
        continue;
      }
      this.#partial ??= new Partial();
      at = this.#partial.push(bytes, at, length);
      const frame = this.#partial.whole();
      if (frame === undefined) continue;
      this.#partial = undefined;
      const header = frameAt(frame, 0, frame.length);
      if (header !== undefined) onFrame(header.opcode, frame.subarray(header.headerBytes));
    }
  }
}
