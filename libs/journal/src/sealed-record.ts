import { AppError } from "@guildhall/kernel";
import { crc32c } from "@node-rs/crc32";

/** Bytes of a record's key: partition (4), position (8), both big-endian so that keys sort by position. */
const KEY_BYTES = 12;
/** Bytes in front of a record: CRC-32C (4), running total (8). */
const HEADER_BYTES = 12;

/** A record as it was read back. `total`: data bytes of the partition up to and with it, purged ones included. */
export type Unsealed = { readonly data: Uint8Array; readonly total: number };

/** The largest position there can be. */
export const POSITION_MAX = Number.MAX_SAFE_INTEGER;

export function recordKey(partition: number, position: number): Buffer {
  const key = Buffer.allocUnsafe(KEY_BYTES);
  key.writeUInt32BE(partition, 0);
  writeInt53(key, position, 4);
  return key;
}

export function partitionOfKey(key: Buffer): number {
  return key.readUInt32BE(0);
}

export function positionOfKey(key: Buffer): number {
  return readInt53(key, 4);
}

/**
 * What is stored: the CRC-32C of all that follows and of the key, the running total, a copy of `data`.
 * The key is in the sum so that a record found in another's place is noticed.
 */
export function seal(key: Buffer, data: Uint8Array, total: number): Buffer {
  const stored = Buffer.allocUnsafe(HEADER_BYTES + data.length);
  writeInt53(stored, total, 4);
  stored.set(data, HEADER_BYTES);
  stored.writeUInt32BE(crc32c(stored.subarray(4), crc32c(key)), 0);
  return stored;
}

/** @throws AppError `INTERNAL` when the record is missing or its checksum does not fit. */
export function unseal(key: Buffer, stored: Buffer | undefined): Unsealed {
  if (stored === undefined) throw damaged(key, "is missing");
  if (stored.length < HEADER_BYTES) throw damaged(key, "is cut short");
  if (stored.readUInt32BE(0) !== crc32c(stored.subarray(4), crc32c(key))) throw damaged(key, "fails its checksum");
  return {
    data: new Uint8Array(stored.buffer, stored.byteOffset + HEADER_BYTES, stored.length - HEADER_BYTES),
    total: readInt53(stored, 4),
  };
}

function damaged(key: Buffer, what: string): AppError {
  return new AppError("INTERNAL", `journal record ${positionOfKey(key)} of partition ${partitionOfKey(key)} ${what}`);
}

function writeInt53(bytes: Buffer, value: number, offset: number): void {
  bytes.writeUInt32BE(Math.floor(value / 2 ** 32), offset);
  bytes.writeUInt32BE(value >>> 0, offset + 4);
}

function readInt53(bytes: Buffer, offset: number): number {
  return bytes.readUInt32BE(offset) * 2 ** 32 + bytes.readUInt32BE(offset + 4);
}
