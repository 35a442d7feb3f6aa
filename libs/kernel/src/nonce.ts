/** Makes a nonce: a UUIDv7 (RFC 9562, 5.7), 16 bytes, the first 6 of them the time in ms. */
export function makeNonce(nowMs: number): Uint8Array {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let rest = nowMs;
  for (let i = 5; i >= 0; i--) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes;
}

/** The time in a nonce, ms since 1970. */
export function nonceTimeMs(nonce: Uint8Array): number {
  let time = 0;
  for (let i = 0; i < 6; i++) time = time * 256 + (nonce[i] ?? 0);
  return time;
}

/** A nonce as a key for maps: 16 characters, one a byte. */
export function nonceKey(nonce: Uint8Array): string {
  // Applied, and not spread: that would make an object for each byte.
  return String.fromCharCode.apply(undefined, nonce as unknown as number[]);
}
