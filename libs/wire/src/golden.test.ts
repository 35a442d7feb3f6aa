import { partitionOf } from "@guildhall/kernel";
import type { EvFrame } from "@guildhall/proto";
import { CLIENT_FRAME, SERVER_FRAME } from "@guildhall/proto/tables";
import { Decoder } from "@msgpack/msgpack";
import { describe, expect, test } from "vitest";
import { encodeEvJson, encodeEvMsgpack } from "./ev-frame.ts";
import { encodeEvent, eventToJson } from "./event.ts";
import { codecFor } from "./frames.ts";
import frames from "./golden/frames.json" with { type: "json" };
import partitions from "./golden/partitions.json" with { type: "json" };

/*
 * The vectors are what every client of the protocol must produce and accept. A change here is a change of
 * the protocol.
 */
const msgpack = codecFor("msgpack");
const json = codecFor("json");
const fromHex = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const toHex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const fromText = (text: string) => new TextEncoder().encode(text);
const toText = (bytes: Uint8Array) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);

describe.each(frames)("$from: $name", (vector) => {
  const fromClient = vector.from === "client";

  test("both encodings decode to the same frame", () => {
    const decode = fromClient ? "decodeClient" : "decodeServer";

    expect(msgpack[decode](fromHex(vector.msgpack))).toEqual(json[decode](fromText(vector.json)));
  });

  test("both codecs encode that frame to exactly these bytes", () => {
    if (fromClient) {
      const frame = json.decodeClient(fromText(vector.json));
      expect(toHex(msgpack.encodeClient(frame))).toBe(vector.msgpack);
      expect(toText(json.encodeClient(frame))).toBe(vector.json);
    } else {
      const frame = msgpack.decodeServer(fromHex(vector.msgpack));
      expect(toHex(msgpack.encodeServer(frame))).toBe(vector.msgpack);
      expect(toText(json.encodeServer(frame))).toBe(vector.json);
    }
  });

  test("the MessagePack says field by field what the JSON says, to a decoder that is not ours", () => {
    const types = fromClient ? CLIENT_FRAME : SERVER_FRAME;
    const raw = JSON.parse(vector.json) as { t: string };
    const decoded = new Decoder().decode(fromHex(vector.msgpack));

    expect(JSON.parse(JSON.stringify(decoded, bytesAsText))).toEqual({
      ...raw,
      t: (types as Record<string, number>)[raw.t],
    });
  });
});

test("every frame type has a vector", () => {
  const types = (from: string) =>
    new Set(
      frames.filter((vector) => vector.from === from).map((vector) => (JSON.parse(vector.json) as { t: string }).t),
    );

  expect(types("client")).toEqual(new Set(Object.keys(CLIENT_FRAME)));
  expect(types("server")).toEqual(new Set(Object.keys(SERVER_FRAME)));
});

test.each(frames.filter((vector) => vector.name.startsWith("ev ")))(
  "$name is the same when its events are spliced in, encoded already",
  (vector) => {
    const { l = 0, e, ...head } = msgpack.decodeServer(fromHex(vector.msgpack)) as EvFrame;
    const events = e.map(encodeEvent);

    expect(toHex(encodeEvMsgpack({ ...head, l }, events))).toBe(vector.msgpack);
    expect(toText(encodeEvJson({ ...head, l }, events.map(eventToJson)))).toBe(vector.json);
  },
);

test.each([0, 1, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER])(
  "numbers of an envelope up to %d are written as the general encoder writes them",
  (number) => {
    const head = { g: number, ep: number, a: number, z: number };
    const general = msgpack.encodeServer({ t: SERVER_FRAME.ev, ...head, e: [] });

    expect(encodeEvMsgpack({ ...head, l: 0 }, [])).toEqual(general);
  },
);

test.each([15, 16, 65_535, 65_536])("a frame of %d events says so", (count) => {
  const events = Array.from({ length: count }, () => Uint8Array.of(0xc0));
  const frame = encodeEvMsgpack({ g: 1, l: 33, ep: 1, a: 1, z: count }, events);

  expect((new Decoder().decode(frame) as { e: unknown[] }).e).toHaveLength(count);
});

test.each(partitions)(
  "entity $id of $partitions partitions is in $partition",
  ({ id, partitions: count, partition }) => {
    expect(partitionOf(id, count)).toBe(partition);
  },
);

function bytesAsText(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64url") : value;
}
