import { type FrameHeader, HEADER_MAX_BYTES, readHeader } from "../clients/framing.ts";

/** No server of ours sends more in one frame. */
const FRAME_MAX_BYTES = 4 * 1024 * 1024;

/** The header of a frame, once it is whole, and how long the frame is with it. @throws Error for a frame we cannot take. */
export function frameAt(
  bytes: Buffer,
  from: number,
  to: number,
): (FrameHeader & { readonly bytes: number }) | undefined {
  const header = readHeader(bytes, from, to);
  if (header === undefined) return undefined;
  const length = header.headerBytes + header.payloadBytes;
  if (!header.fin || header.opcode === 0) throw new Error("a fragmented frame");
  if (length > FRAME_MAX_BYTES) throw new Error(`a frame of ${length} bytes`);
  return { ...header, bytes: length };
}

/** A frame that is not whole yet. */
export class Partial {
  #bytes = Buffer.allocUnsafe(HEADER_MAX_BYTES);
  #filled = 0;
  #wanted = 0;

  /** Takes what belongs to the frame from `bytes` and says where the rest begins. */
  push(bytes: Buffer, from: number, to: number): number {
    let at = from;
    while (this.#wanted === 0 && at < to) {
      this.#bytes[this.#filled++] = bytes[at++] ?? 0;
      const wanted = frameAt(this.#bytes, 0, this.#filled)?.bytes ?? 0;
      if (wanted > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes.subarray(0, this.#filled)], wanted);
      this.#wanted = wanted;
    }
    const taken = this.#wanted === 0 ? 0 : Math.min(this.#wanted - this.#filled, to - at);
    bytes.copy(this.#bytes, this.#filled, at, at + taken);
    this.#filled += taken;
    return at + taken;
  }

  /** The frame, once it is whole. */
  whole(): Buffer | undefined {
    return this.#wanted > 0 && this.#filled === this.#wanted ? this.#bytes.subarray(0, this.#wanted) : undefined;
  }
}
