import { Encoder } from "@msgpack/msgpack";
import { bench, describe } from "vitest";
import { MsgpackWriter } from "./write-msgpack.ts";

const library = new Encoder({ ignoreUndefined: true });
const writer = new MsgpackWriter();
const nonce = new Uint8Array(16).fill(9);
const command = {
  g: 5_123_456_789_012,
  l: 0,
  u: 4_123_456_789_012,
  dev: "a1b2c3d4",
  auth: 1_795_337_000_000,
  n: nonce,
  m: "msg.send",
  a: { k: "text", b: { t: "x".repeat(100) } },
  as: 0,
  pv: 12,
  why: "",
  dl: 1_795_337_010_000,
  at: "8f14e45fceea167a.zz",
};

describe("a command", () => {
  bench("writer", () => void writer.write(command));
  bench("library", () => void library.encodeSharedRef(command));
});
