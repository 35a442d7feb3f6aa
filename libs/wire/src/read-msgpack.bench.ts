import { Decoder } from "@msgpack/msgpack";
import { bench, describe } from "vitest";
import { briefCopy } from "./brief-bytes.ts";
import { readMsgpack } from "./read-msgpack.ts";
import { MsgpackWriter } from "./write-msgpack.ts";

const library = new Decoder();
const command = new MsgpackWriter()
  .write({
    g: 5_123_456_789_012,
    l: 0,
    u: 4_123_456_789_012,
    dev: "a1b2c3d4e5f6a7b8c9d0ef",
    auth: 1_795_337_000_000,
    n: new Uint8Array(16).fill(9),
    m: "msg.send",
    a: { k: "text", b: { t: "x".repeat(100) } },
    as: 0,
    pv: 12,
    why: "",
    dl: 1_795_337_010_000,
    at: "8f14e45fceea167a.zz",
  })
  .slice();

describe("reading a command", () => {
  bench("reader", () => void readMsgpack(command, false));
  bench("library", () => void library.decode(command));
});

describe("bytes to send and forget", () => {
  bench("brief", () => void briefCopy(command));
  bench("of their own", () => void command.slice());
});
