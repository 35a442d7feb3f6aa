import type { ClientFrame, ServerFrame } from "@guildhall/proto";
import { type Encoding, LIMITS } from "@guildhall/proto/tables";
import { mistakeIn, validatorFor } from "./check.ts";
import { bytesOfEvents } from "./events-bytes.ts";
import { FrameError } from "./frame-error.ts";
import { readJson, readScannedJson, textAsBytes, toJson } from "./json.ts";
import { isMap, pack } from "./msgpack.ts";
import { readMsgpack } from "./read-msgpack.ts";
import { scanMsgpack } from "./scan-msgpack.ts";
import { type Direction, FROM_CLIENT, FROM_SERVER, type Shape } from "./shapes.ts";

/**
 * One encoding of every frame. In memory a frame's `t` is its number and bytes are Uint8Array,
 * whatever the encoding. Decoding copies: the buffer is the caller's again once it returns. Keys of the
 * envelope that proto does not name are dropped.
 *
 * Both decoders throw FrameError and nothing else, whatever the bytes: `TOO_LARGE`, `BAD_FRAME` (cannot be
 * decoded), `UNKNOWN_METHOD` (no such `t`), `BAD_ARGS` with `d.path`.
 */
export type FrameCodec = {
  readonly encoding: Encoding;
  /** At most LIMITS.frameInMaxBytes, scanned within LIMITS before anything is built from it. */
  decodeClient(bytes: Uint8Array): ClientFrame;
  encodeClient(frame: ClientFrame): Uint8Array;
  /** At most LIMITS.frameOutMaxBytes; the server is trusted with what is inside. */
  decodeServer(bytes: Uint8Array): ServerFrame;
  /** Does not look at the size: whoever fills a frame splits it below LIMITS.frameOutMaxBytes. */
  encodeServer(frame: ServerFrame): Uint8Array;
};

/** The codec of `encoding`; there is one of each. */
export function codecFor(encoding: Encoding): FrameCodec {
  return CODECS[encoding];
}

type Format = {
  readonly encoding: Encoding;
  /** Both throw FrameError, or what their decoders throw, and share no memory with `bytes`. */
  readonly readClient: (bytes: Uint8Array) => unknown;
  readonly readServer: (bytes: Uint8Array) => unknown;
  readonly write: (value: unknown) => Uint8Array;
  readonly shapesOf: (direction: Direction) => ReadonlyMap<unknown, Shape>;
  /** How `t` is written. */
  readonly nameOf: (shape: Shape) => number | string;
  /** What stands for a field of bytes, as decoded. */
  readonly toBytes: (value: unknown) => unknown;
};

const CODECS: Readonly<Record<Encoding, FrameCodec>> = {
  msgpack: codec({
    encoding: "msgpack",
    readClient(bytes) {
      scanMsgpack(bytes);
      return readMsgpack(bytes, true);
    },
    readServer: (bytes) => readMsgpack(bytes, true),
    write: pack,
    shapesOf: (direction) => direction.byType,
    nameOf: (shape) => shape.type,
    toBytes: (value) => value,
  }),
  json: codec({
    encoding: "json",
    readClient: readScannedJson,
    readServer: readJson,
    write: toJson,
    shapesOf: (direction) => direction.byName,
    nameOf: (shape) => shape.name,
    toBytes: textAsBytes,
  }),
};

function codec(format: Format): FrameCodec {
  const encode = (direction: Direction, frame: ClientFrame | ServerFrame) => {
    const shape = direction.byType.get(frame.t);
    const name = shape === undefined ? frame.t : format.nameOf(shape);
    return format.write(name === frame.t ? frame : { ...frame, t: name });
  };
  return {
    encoding: format.encoding,
    decodeClient(bytes) {
      within(bytes, LIMITS.frameInMaxBytes);
      const raw = guarded(format.readClient, bytes);
      return frameOf(raw, format, FROM_CLIENT) as ClientFrame;
    },
    decodeServer(bytes) {
      within(bytes, LIMITS.frameOutMaxBytes);
      const raw = guarded(format.readServer, bytes);
      bytesOfEvents(raw, format.toBytes);
      return frameOf(raw, format, FROM_SERVER) as ServerFrame;
    },
    encodeClient: (frame) => encode(FROM_CLIENT, frame),
    encodeServer: (frame) => encode(FROM_SERVER, frame),
  };
}

function within(bytes: Uint8Array, maxBytes: number): void {
  if (bytes.length > maxBytes) throw new FrameError("TOO_LARGE", `frame of ${bytes.length} bytes`);
}

function guarded(read: (bytes: Uint8Array) => unknown, bytes: Uint8Array): unknown {
  try {
    return read(bytes);
  } catch (cause) {
    if (cause instanceof FrameError) throw cause;
    throw new FrameError("BAD_FRAME", "cannot be decoded", { cause });
  }
}

/** Builds the frame anew from the keys its schema names, and checks it. */
function frameOf(raw: unknown, format: Format, direction: Direction): Record<string, unknown> {
  if (!isMap(raw)) throw new FrameError("BAD_FRAME", "frame is not a map");
  const request = requestOf(raw);
  const shape = format.shapesOf(direction).get(raw["t"]);
  if (shape === undefined) throw unknownType(raw["t"], request);
  const frame: Record<string, unknown> = { t: shape.type };
  for (const key of shape.keys) {
    const value = raw[key];
    if (value === undefined) continue;
    frame[key] = shape.bins.has(key) ? format.toBytes(value) : value;
  }
  if (validatorFor(shape.schema).Check(frame)) return frame;
  const { path, message } = mistakeIn(shape.schema, frame);
  throw new FrameError("BAD_ARGS", `${shape.name}: ${path} ${message}`, { request, d: { path } });
}

function unknownType(t: unknown, request: number | undefined): FrameError {
  if (t === undefined) return new FrameError("BAD_ARGS", "frame has no type", { request, d: { path: "/t" } });
  return new FrameError("UNKNOWN_METHOD", "no such frame type", { request });
}

function requestOf(raw: Readonly<Record<string, unknown>>): number | undefined {
  const i = raw["i"];
  return typeof i === "number" && Number.isInteger(i) && i > 0 && i <= 0xffff_ffff ? i : undefined;
}
