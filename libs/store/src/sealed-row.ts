import { AppError } from "@guildhall/kernel";
import { crc32c } from "@node-rs/crc32";

/** Bytes in front of a row: CRC-32C (4), timestamp (8). */
const HEADER_BYTES = 12;

/** A row as it was read back; `row` has no bytes when it is deleted. */
export type Unsealed = { readonly timestamp: number; readonly row: Uint8Array };

/** A deleted row: what stays is its timestamp, which stops older writes. */
export const DELETED = new Uint8Array();

/**
 * What is stored: the CRC-32C of the key and of all this with the sum's own bytes 0, the timestamp, the row.
 * The key is in the sum so that a row found in another's place is noticed.
 */
export function seal(key: Buffer, timestamp: number, row: Uint8Array): Buffer {
  const stored = Buffer.allocUnsafe(HEADER_BYTES + row.length);
  stored.writeUInt32BE(0, 0);
  stored.writeUInt32BE(Math.floor(timestamp / 2 ** 32), 4);
  stored.writeUInt32BE(timestamp >>> 0, 8);
  stored.set(row, HEADER_BYTES);
  stored.writeUInt32BE(crc32c(stored, crc32c(key)), 0);
  return stored;
}

/** Takes `stored` over: `row` is a view of it. @throws AppError `INTERNAL` when the checksum does not fit. */
export function unseal(table: string, key: Buffer, stored: Buffer): Unsealed {
  if (stored.length < HEADER_BYTES || !fits(key, stored)) {
    throw new AppError("INTERNAL", `table ${table}: the row under key ${key.toString("hex")} fails its checksum`);
  }
  return {
    timestamp: stored.readUInt32BE(4) * 2 ** 32 + stored.readUInt32BE(8),
    row: new Uint8Array(stored.buffer, stored.byteOffset + HEADER_BYTES, stored.length - HEADER_BYTES),
  };
}

/** Setting the sum's bytes to 0 in place is cheaper than a second view of the rest, and rows are many. */
function fits(key: Buffer, stored: Buffer): boolean {
  const sum = stored.readUInt32BE(0);
  stored.writeUInt32BE(0, 0);
  return crc32c(stored, crc32c(key)) === sum;
}
