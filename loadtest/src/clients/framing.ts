/** WebSocket opcodes (RFC 6455, 5.2). */
export const OPCODE = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** The longest header: 2 bytes, and 8 of length. What a server sends is not masked. */
export const HEADER_MAX_BYTES = 10;

export type FrameHeader = {
  readonly opcode: number;
  readonly fin: boolean;
  readonly headerBytes: number;
  readonly payloadBytes: number;
};

/** The header of the server frame that starts at `from`, or nothing while it is not whole before `to`. */
export function readHeader(bytes: Buffer, from: number, to: number): FrameHeader | undefined {
  if (to - from < 2) return undefined;
  const first = bytes[from] ?? 0;
  const second = bytes[from + 1] ?? 0;
  const short = second & 0x7f;
  const headerBytes = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (to - from < headerBytes) return undefined;
  const payloadBytes =
    short === 127 ? Number(bytes.readBigUInt64BE(from + 2)) : short === 126 ? bytes.readUInt16BE(from + 2) : short;
  return { opcode: first & 0x0f, fin: (first & 0x80) !== 0, headerBytes, payloadBytes };
}

/** A client's frame, whole and masked, ready to be written. */
export function maskedFrame(opcode: number, payload: Uint8Array): Buffer {
  const length = payload.length;
  const extra = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const frame = Buffer.allocUnsafe(6 + extra + length);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (extra === 0 ? length : extra === 2 ? 126 : 127);
  if (extra === 2) frame.writeUInt16BE(length, 2);
  if (extra === 8) frame.writeBigUInt64BE(BigInt(length), 2);
  const mask = Math.floor(Math.random() * 2 ** 32);
  const maskAt = 2 + extra;
  frame.writeUInt32BE(mask, maskAt);
  for (let i = 0; i < length; i++) {
    frame[maskAt + 4 + i] = (payload[i] ?? 0) ^ (frame[maskAt + (i & 3)] ?? 0);
  }
  return frame;
}
