/** The address of a socket's other end, from its 4 or 16 bytes; IPv4 that came as IPv6 as IPv4. */
export function remoteAddress(buffer: ArrayBuffer): string {
  const bytes = new Uint8Array(buffer);
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length !== 16) return "unknown";
  const mapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  if (mapped) return bytes.subarray(12).join(".");
  const view = new DataView(buffer);
  return Array.from({ length: 8 }, (_, at) => view.getUint16(at * 2).toString(16)).join(":");
}
