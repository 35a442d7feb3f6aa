import type { ClientFrame, ServerFrame } from "@guildhall/proto";
import { CLIENT_FRAME, type Encoding, LIMITS, SERVER_FRAME } from "@guildhall/proto/tables";
import { bytesOfEvents } from "./events-bytes.ts";
import { FrameError } from "./frame-error.ts";
import { readJson, textAsBytes, toJson } from "./json.ts";
import { isMap, pack } from "./msgpack.ts";
import { readMsgpack } from "./read-msgpack.ts";

/**
 * A client's side of FrameCodec without the schemas, and without what compiles them: that is most of the size of a
 * page's script, and needs leave to make code out of text, which pages do without. A server's frame is checked as far
 * as a client relies on it: see FIELDS.
 */
export type ClientCodec = {
  readonly encoding: Encoding;
  encodeClient(frame: ClientFrame): Uint8Array;
  /** At most LIMITS.frameOutMaxBytes. @throws FrameError as FrameCodec.decodeServer. */
  decodeServer(bytes: Uint8Array): ServerFrame;
};

type Kind = "number" | "string" | "boolean" | "array" | "any";
/** A field that ends in ? may be absent. */
type Fields = Readonly<Record<string, Kind>>;

/** What a server's frame has, by its name. A test holds it to the schemas. */
export const FIELDS: Readonly<Record<keyof typeof SERVER_FRAME, Fields>> = {
  welcome: {
    i: "number",
    sid: "string",
    u: "number",
    ts: "number",
    hb: "number",
    exp: "number",
    lim: "any",
    cap: "array",
  },
  ok: { i: "number", d: "any" },
  err: { "i?": "number", c: "number", m: "string", r: "boolean", "ra?": "number", "d?": "any" },
  ev: { g: "number", "l?": "number", ep: "number", a: "number", z: "number", e: "array" },
  head: { h: "array" },
  eph: { g: "number", "l?": "number", k: "string", u: "array", "s?": "number", "m?": "number" },
  gap: { g: "number", "l?": "number", ep: "number", have: "number", s: "number", why: "string" },
  pres: { g: "number", "on?": "number", "u?": "array" },
  go: { ra: "number", why: "string" },
  bye: { c: "number", m: "string" },
  pong: { ts: "number" },
};

type Name = keyof typeof FIELDS;

const CLIENT_NAMES: ReadonlyMap<number, string> = new Map(Object.entries(CLIENT_FRAME).map(([name, t]) => [t, name]));
const SERVER_NAMES: ReadonlyMap<unknown, Name> = new Map(
  Object.entries(SERVER_FRAME).map(([name, t]) => [t, name as Name]),
);

/** The client's side of `encoding`. */
export function clientCodecFor(encoding: Encoding): ClientCodec {
  return encoding === "json" ? JSON_CODEC : MSGPACK_CODEC;
}

const MSGPACK_CODEC: ClientCodec = {
  encoding: "msgpack",
  encodeClient: pack,
  decodeServer(bytes) {
    const raw = read(bytes, (all) => readMsgpack(all, true));
    bytesOfEvents(raw, (value) => value);
    return frameOf(raw, SERVER_NAMES.get(raw["t"]));
  },
};

const JSON_CODEC: ClientCodec = {
  encoding: "json",
  encodeClient: (frame) => toJson({ ...frame, t: CLIENT_NAMES.get(frame.t) ?? frame.t }),
  decodeServer(bytes) {
    const raw = read(bytes, readJson);
    bytesOfEvents(raw, textAsBytes);
    const t = raw["t"];
    return frameOf(raw, typeof t === "string" && Object.hasOwn(FIELDS, t) ? (t as Name) : undefined);
  },
};

function read(bytes: Uint8Array, decode: (bytes: Uint8Array) => unknown): Record<string, unknown> {
  if (bytes.length > LIMITS.frameOutMaxBytes) throw new FrameError("TOO_LARGE", `frame of ${bytes.length} bytes`);
  let raw: unknown;
  try {
    raw = decode(bytes);
  } catch (cause) {
    throw new FrameError("BAD_FRAME", "cannot be decoded", { cause });
  }
  if (!isMap(raw)) throw new FrameError("BAD_FRAME", "frame is not a map");
  return raw;
}

/** Builds the frame anew from the fields there are. */
function frameOf(raw: Readonly<Record<string, unknown>>, name: Name | undefined): ServerFrame {
  if (name === undefined) throw new FrameError("UNKNOWN_METHOD", "no such frame type");
  const frame: Record<string, unknown> = { t: SERVER_FRAME[name] };
  for (const [field, kind] of Object.entries(FIELDS[name])) {
    const key = field.replace("?", "");
    const value = raw[key];
    if (value === undefined && key !== field) continue;
    if (!isOf(kind, value)) {
      throw new FrameError("BAD_ARGS", `${name}: /${key} must be ${kind}`, { d: { path: `/${key}` } });
    }
    frame[key] = value;
  }
  return frame as ServerFrame;
}

function isOf(kind: Kind, value: unknown): boolean {
  if (kind === "any") return value !== undefined;
  if (kind === "array") return Array.isArray(value);
  if (kind === "number") return Number.isSafeInteger(value);
  return typeof value === kind;
}
