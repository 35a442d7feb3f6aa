const INT53 = 2 ** 53;

/** A random id from 1 to 2^53 − 1. */
export function randomId(): number {
  const words = crypto.getRandomValues(new Uint32Array(2));
  const id = ((words[0] ?? 0) & 0x1f_ffff) * 2 ** 32 + (words[1] ?? 0);
  return id === 0 ? randomId() : id;
}

/** Whether a value is an id: a whole number from 1 to 2^53 − 1. */
export function isId(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}

/**
 * The partition an entity belongs to: FNV-1a (32 bits) of the id's 8 bytes, big-endian, mod `partitions`.
 * Offset basis 2166136261 and prime 16777619 are those of the algorithm's authors (Fowler, Noll, Vo).
 */
export function partitionOf(id: number, partitions: number): number {
  let hash = 2_166_136_261;
  const high = Math.floor(id / 2 ** 32);
  const low = id >>> 0;
  for (const word of [high, low]) {
    for (let shift = 24; shift >= 0; shift -= 8) {
      hash = Math.imul(hash ^ ((word >>> shift) & 0xff), 16_777_619);
    }
  }
  return (hash >>> 0) % partitions;
}

/** An id made from bytes that are already random or hashed (at least 7 of them); never 0. */
export function idFromBytes(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes.subarray(0, 7)) value = value * 256 + byte;
  return (value % (INT53 - 1)) + 1;
}

/** Bytes as base64url without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Base64url without padding, with nothing in the bits of the last character that stand for no byte. */
const BASE64_URL = /^(?:[\w-]{4})*(?:[\w-][AQgw]|[\w-]{2}[AEIMQUYcgkosw048])?$/;

/** The bytes of base64url text, or undefined where it is not exactly that. */
export function fromBase64Url(value: string): Uint8Array | undefined {
  if (!BASE64_URL.test(value)) return undefined;
  const binary = atob(value.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
