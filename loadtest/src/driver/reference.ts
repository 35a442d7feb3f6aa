import { KEPT_ALONE, type Kept } from "./kept.ts";

/** One frame of the reference stream. `dueMs`: when each of its messages was to be sent; NaN for those of others. */
export type ReferenceFrame = { readonly first: number; readonly last: number; readonly dueMs: readonly number[] };

/**
 * The frames of a lane as the first member to get each of them did, byte for byte, WebSocket headers included.
 * Frames join end to end: each begins with the seq after the last of the one before. Of what was appended the newest
 * bytes and frames stay, as many as `kept` says. A member further behind is judged frame by frame.
 */
export class Reference {
  readonly #keptBytes: number;
  readonly #keptFrames: number;
  readonly #ring: Buffer;
  readonly #frames: (ReferenceFrame | undefined)[];
  readonly #ends: Float64Array;
  /** Bytes and frames appended so far; both only rise. */
  #head = 0;
  #count = 0;

  constructor({ bytes, frames }: Kept = KEPT_ALONE) {
    this.#keptBytes = bytes;
    this.#keptFrames = frames;
    this.#ring = Buffer.alloc(bytes);
    this.#frames = Array.from({ length: frames });
    this.#ends = new Float64Array(frames);
  }

  get head(): number {
    return this.#head;
  }

  get count(): number {
    return this.#count;
  }

  append(bytes: Uint8Array, frame: ReferenceFrame): void {
    const at = this.#head % this.#keptBytes;
    const fits = Math.min(bytes.length, this.#keptBytes - at);
    this.#ring.set(bytes.subarray(0, fits), at);
    if (fits < bytes.length) this.#ring.set(bytes.subarray(fits), 0);
    this.#head += bytes.length;
    this.#frames[this.#count % this.#keptFrames] = frame;
    this.#ends[this.#count % this.#keptFrames] = this.#head;
    this.#count++;
  }

  /** Whether the byte at `offset` and frame `index` are still there. */
  keeps(offset: number, index: number): boolean {
    return offset >= this.#head - this.#keptBytes && index >= this.#count - this.#keptFrames;
  }

  frame(index: number): ReferenceFrame {
    const frame = index < this.#count ? this.#frames[index % this.#keptFrames] : undefined;
    if (frame === undefined) throw new RangeError(`there is no frame ${index}`);
    return frame;
  }

  /** Offset behind frame `index`; before the first frame 0. */
  end(index: number): number {
    return index < 0 ? 0 : (this.#ends[index % this.#keptFrames] ?? 0);
  }

  /**
   * How many bytes of `bytes` from `from` to `to` are those of the stream from `offset`. Either all that both
   * have, or, where they differ, those of the frames from `index` on that are the same as a whole.
   */
  match(offset: number, index: number, bytes: Buffer, from: number, to: number): number {
    const length = Math.min(to - from, this.#head - offset);
    if (length === 0 || this.#same(offset, bytes, from, length)) return length;
    let matched = 0;
    for (let i = index; i < this.#count; i++) {
      const frameLength = this.end(i) - offset - matched;
      if (matched + frameLength > length || !this.#same(offset + matched, bytes, from + matched, frameLength)) break;
      matched += frameLength;
    }
    return matched;
  }

  #same(offset: number, bytes: Buffer, from: number, length: number): boolean {
    const at = offset % this.#keptBytes;
    const first = Math.min(length, this.#keptBytes - at);
    if (bytes.compare(this.#ring, at, at + first, from, from + first) !== 0) return false;
    return first === length || bytes.compare(this.#ring, 0, length - first, from + first, from + length) === 0;
  }

  /** A copy of the bytes from `offset` to `end`. */
  slice(offset: number, end: number): Buffer {
    const copy = Buffer.allocUnsafe(end - offset);
    for (let i = 0; i < copy.length; i++) copy[i] = this.#ring[(offset + i) % this.#keptBytes] ?? 0;
    return copy;
  }

  /** The frame that begins with `seq`; where that is the next one to come, `count`; nothing within a frame. */
  starting(seq: number): number | undefined {
    let low = Math.max(0, this.#count - this.#keptFrames);
    let high = this.#count;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.frame(middle).first < seq) low = middle + 1;
      else high = middle;
    }
    if (low < this.#count) return this.frame(low).first === seq ? low : undefined;
    return this.#count > 0 && this.frame(this.#count - 1).last + 1 !== seq ? undefined : this.#count;
  }
}
