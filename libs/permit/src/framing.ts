import { AppError } from "@guildhall/kernel";

/** The largest payload of a frame, either way. A longer one ends the connection. */
export const FRAME_MAX_BYTES = 256 * 1024;

const HEADER_BYTES = 4;

/**
 * Joins payloads to one piece of bytes for one write:
 *
 *     bytes 0–3   length of the payload, big-endian
 *     bytes 4…    payload
 *     … and so on
 *
 * @throws AppError `TOO_LARGE` for a payload past FRAME_MAX_BYTES.
 */
export function encodeFrames(payloads: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const payload of payloads) length += HEADER_BYTES + checkedLength(payload.length);
  const bytes = Buffer.allocUnsafe(length);
  let offset = 0;
  for (const payload of payloads) {
    offset = bytes.writeUInt32BE(payload.length, offset);
    bytes.set(payload, offset);
    offset += payload.length;
  }
  return bytes;
}

/**
 * Takes bytes as they come and hands on each payload once it is whole. Holds at most one unfinished
 * payload. A payload may be a view of the chunk it came in: read it before the next turn, or copy it.
 */
export class FrameDecoder {
  readonly #onPayload: (payload: Uint8Array) => void;
  readonly #header = new Uint8Array(HEADER_BYTES);
  #headerFilled = 0;
  #partial: Uint8Array | undefined;
  #partialFilled = 0;

  constructor(onPayload: (payload: Uint8Array) => void) {
    this.#onPayload = onPayload;
  }

  /**
   * @throws AppError `TOO_LARGE` for a frame past FRAME_MAX_BYTES, `BAD_FRAME` for an empty one, and what
   *   `onPayload` throws. The decoder is of no use after that.
   */
  push(chunk: Uint8Array): void {
    let offset = 0;
    while (offset < chunk.length)
      offset = this.#partial === undefined ? this.#begin(chunk, offset) : this.#fill(chunk, offset);
  }

  #begin(chunk: Uint8Array, start: number): number {
    let offset = start;
    while (this.#headerFilled < HEADER_BYTES && offset < chunk.length) {
      this.#header[this.#headerFilled++] = chunk[offset++] ?? 0;
    }
    if (this.#headerFilled < HEADER_BYTES) return offset;
    this.#headerFilled = 0;
    const length = checkedLength(new DataView(this.#header.buffer).getUint32(0));
    if (offset + length <= chunk.length) {
      this.#onPayload(chunk.subarray(offset, offset + length));
      return offset + length;
    }
    this.#partial = new Uint8Array(length);
    this.#partialFilled = 0;
    return offset;
  }

  #fill(chunk: Uint8Array, start: number): number {
    const partial = this.#partial ?? new Uint8Array();
    const piece = chunk.subarray(start, start + partial.length - this.#partialFilled);
    partial.set(piece, this.#partialFilled);
    this.#partialFilled += piece.length;
    if (this.#partialFilled === partial.length) {
      this.#partial = undefined;
      this.#onPayload(partial);
    }
    return start + piece.length;
  }
}

function checkedLength(length: number): number {
  if (length === 0) throw new AppError("BAD_FRAME", "an empty frame");
  if (length > FRAME_MAX_BYTES) throw new AppError("TOO_LARGE", `a frame of ${length} bytes`);
  return length;
}
