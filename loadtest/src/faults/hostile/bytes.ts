import { randomBytes } from "node:crypto";

/** Opcodes of RFC 6455, 5.2. */
export const OP = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** One frame of a client, also one that no client should send. */
export type WireFrame = {
  readonly opcode: number;
  readonly payload?: Uint8Array | string;
  /** Last part of its message; true where left out. */
  readonly fin?: boolean;
  /** The three reserved bits as a number from 0 to 7; 4 is RSV1. */
  readonly rsv?: number;
  readonly masked?: boolean;
  /** How the length is written; the shortest form where left out. */
  readonly lengthBytes?: 1 | 2 | 8;
  /** The length that is written, where it is not the payload's. */
  readonly says?: bigint;
};

const MASK_BYTES = 4;

/** The bytes of a frame. */
export function wire(frame: WireFrame): Buffer {
  const { opcode, payload = "", fin = true, rsv = 0, masked = true } = frame;
  const content = Buffer.from(payload);
  const says = frame.says ?? BigInt(content.length);
  const head = [(fin ? 0x80 : 0) | (rsv << 4) | opcode];
  const length = lengthOf(says, frame.lengthBytes ?? shortest(says));
  length[0] = (length[0] ?? 0) | (masked ? 0x80 : 0);
  if (!masked) return Buffer.concat([Buffer.from(head), length, content]);
  const mask = randomBytes(MASK_BYTES);
  const hidden = content.map((byte, at) => byte ^ (mask[at % MASK_BYTES] ?? 0));
  return Buffer.concat([Buffer.from(head), length, mask, hidden]);
}

export const text = (payload: Uint8Array | string, more: Partial<WireFrame> = {}): Buffer =>
  wire({ opcode: OP.text, payload, ...more });
export const binary = (payload: Uint8Array | string, more: Partial<WireFrame> = {}): Buffer =>
  wire({ opcode: OP.binary, payload, ...more });
/** A later part of a message; the last one unless `fin` is false. */
export const part = (payload: Uint8Array | string, more: Partial<WireFrame> = {}): Buffer =>
  wire({ opcode: OP.continuation, payload, ...more });
export const ping = (payload: Uint8Array | string = ""): Buffer => wire({ opcode: OP.ping, payload });
export const pong = (payload: Uint8Array | string = ""): Buffer => wire({ opcode: OP.pong, payload });

/** A close frame: nothing in it, or a code and a reason. */
export function close(code?: number, reason: Uint8Array | string = ""): Buffer {
  if (code === undefined) return wire({ opcode: OP.close });
  return wire({
    opcode: OP.close,
    payload: Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]),
  });
}

/** A message in parts of the given payloads. */
export function inParts(opcode: number, payloads: readonly (Uint8Array | string)[]): Buffer {
  return Buffer.concat(
    payloads.map((payload, at) =>
      wire({ opcode: at === 0 ? opcode : OP.continuation, payload, fin: at === payloads.length - 1 }),
    ),
  );
}

function shortest(length: bigint): 1 | 2 | 8 {
  if (length < 126n) return 1;
  return length < 65_536n ? 2 : 8;
}

function lengthOf(length: bigint, bytes: 1 | 2 | 8): Buffer {
  if (bytes === 1) return Buffer.from([Number(length)]);
  const written = Buffer.alloc(1 + bytes);
  written[0] = bytes === 2 ? 126 : 127;
  if (bytes === 2) written.writeUInt16BE(Number(length), 1);
  else written.writeBigUInt64BE(BigInt.asUintN(64, length), 1);
  return written;
}
