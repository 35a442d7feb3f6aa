import { addressKey } from "@guildhall/config";

/** The address of a socket's other end as it is counted, from its 4 or 16 bytes. */
export function remoteAddress(bytes: ArrayBuffer): string {
  return addressKey(textOf(new Uint8Array(bytes)));
}

function textOf(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length !== 16) return "unknown";
  const mapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  if (mapped) return bytes.subarray(12).join(".");
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return Array.from({ length: 8 }, (_, at) => view.getUint16(at * 2).toString(16)).join(":");
}
