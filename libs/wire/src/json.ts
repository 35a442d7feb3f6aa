import { fromBase64Url, toBase64Url } from "@guildhall/kernel";
import { scanJson } from "./scan-json.ts";

const encoder = new TextEncoder();
/** Keeps a byte order mark, for the scan to refuse. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** `value` as JSON, byte strings anywhere in it as base64url. */
export function toJson(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value, bytesAsText));
}

/** Looks at the holder, since a Node Buffer has turned itself into a map by the time it gets here. */
function bytesAsText(this: unknown, key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const held = (this as Readonly<Record<string, unknown>>)[key];
  return held instanceof Uint8Array ? toBase64Url(held) : value;
}

/** The bytes of base64url text; whatever else it is stays, for the schema to refuse. */
export function textAsBytes(value: unknown): unknown {
  return typeof value === "string" ? (fromBase64Url(value) ?? value) : value;
}

/** What a server's JSON says. @throws Error when it is not JSON. */
export function readJson(bytes: Uint8Array): unknown {
  return JSON.parse(decoder.decode(bytes));
}

/** What a client's JSON says. @throws FrameError as `scanJson`; TypeError when it is not UTF-8. */
export function readScannedJson(bytes: Uint8Array): unknown {
  const text = decoder.decode(bytes);
  scanJson(text);
  return JSON.parse(text);
}
