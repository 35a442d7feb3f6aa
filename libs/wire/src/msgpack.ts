import { AppError } from "@guildhall/kernel";
import { briefCopy } from "./brief-bytes.ts";
import { readMsgpack } from "./read-msgpack.ts";
import { MsgpackWriter } from "./write-msgpack.ts";

/** One for everything: it is synchronous, and keeps its buffer. */
const writer = new MsgpackWriter();

/**
 * `value` as MessagePack, to send and forget: see briefBytes. Keys whose value is undefined are left out, as in JSON.
 * @throws Error for what MessagePack cannot say.
 */
export function pack(value: unknown): Uint8Array {
  return briefCopy(writer.write(value));
}

/** The same, valid only until anything else is packed: for who copies it at once. */
export function packToCopy(value: unknown): Uint8Array {
  return writer.write(value);
}

/** The same for bytes that are kept: they share their memory with nothing. */
export function packToKeep(value: unknown): Uint8Array {
  return writer.write(value).slice();
}

/**
 * What `bytes` say in MessagePack; for messages between our own services. Byte strings in the result
 * are views of `bytes`.
 * @throws AppError `INTERNAL` when they are not exactly one value.
 */
export function unpack(bytes: Uint8Array): unknown {
  try {
    return readMsgpack(bytes, false);
  } catch (cause) {
    throw new AppError("INTERNAL", "message is not MessagePack", { cause });
  }
}

/** A plain copy that shares no memory with `bytes`, also where they are a Node Buffer, whose `slice` does. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

/** Whether a decoded value is a map. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
