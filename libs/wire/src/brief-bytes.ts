/** Memory that many small byte strings share. */
const SHARED_BYTES = 64 * 1024;
/** What is longer gets memory of its own. */
const SHARE_MAX_BYTES = 4 * 1024;

let shared = new ArrayBuffer(SHARED_BYTES);
let used = 0;

/**
 * Room for bytes that are sent and forgotten. Such bytes share their memory with others, which stays as long as any of
 * them does: what is kept needs a copy. An ArrayBuffer of its own costs more than encoding what is in it.
 */
export function briefBytes(length: number): Uint8Array {
  if (length > SHARE_MAX_BYTES) return new Uint8Array(length);
  if (used + length > SHARED_BYTES) {
    shared = new ArrayBuffer(SHARED_BYTES);
    used = 0;
  }
  const bytes = new Uint8Array(shared, used, length);
  used += length;
  return bytes;
}

/** A copy of `bytes` to send and forget. */
export function briefCopy(bytes: Uint8Array): Uint8Array {
  const copy = briefBytes(bytes.length);
  copy.set(bytes);
  return copy;
}
