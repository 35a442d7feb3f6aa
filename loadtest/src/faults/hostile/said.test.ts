import { expect, test } from "vitest";
import { readHeader } from "../../clients/framing.ts";
import { close, inParts, OP, wire } from "./bytes.ts";
import { faultsOf, inLanes } from "./said.ts";

const one = { id: "M1", what: "half a frame", expect: "ERR BAD_FRAME | DROP" };

test("an answer that is among the expected ones is no fault, any other is", () => {
  expect(faultsOf(one, { words: "DROP", replies: [] })).toEqual([]);
  expect(faultsOf(one, { words: "", replies: [] })).toHaveLength(1);
  expect(faultsOf(one, { words: "ERR BAD_FRAME, DROP", replies: [] })).toHaveLength(1);
});

test.each([
  "Error: x\n    at read (/srv/app/read.ts:3:4)",
  '{"m":"cannot open /var/lib/guildhall/data"}',
  "connect ECONNREFUSED 127.0.0.1:4222",
  "node_modules/fastify",
])("a reply that shows our insides is a fault: %s", (reply) => {
  expect(faultsOf(one, { words: "DROP", replies: ["fine", reply] })).toHaveLength(1);
});

test("what we say to clients is no fault", () => {
  const reply = '{"t":"err","c":101,"m":"A field is missing, unknown or out of range.","d":{"path":"/a/b"}}';

  expect(faultsOf(one, { words: "DROP", replies: [reply] })).toEqual([]);
});

test("lanes do every item once and keep the order of the results", async () => {
  const done = await inLanes([3, 1, 2], 2, async (ms) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return ms * 10;
  });

  expect(done).toEqual([30, 10, 20]);
});

test("frames are written with the head that was asked for", () => {
  const long = wire({ opcode: OP.text, payload: "x", lengthBytes: 8, rsv: 4, fin: false });
  const announced = wire({ opcode: OP.binary, says: 2n ** 40n });

  expect(long[0]).toBe(0b0100_0001);
  expect(readHeader(long, 0, long.length)).toEqual({ opcode: 1, fin: false, headerBytes: 10, payloadBytes: 1 });
  expect(readHeader(announced, 0, announced.length)?.payloadBytes).toBe(2 ** 40);
  expect(close(4400).length).toBe(2 + 4 + 2);
  expect(inParts(OP.text, ["a", "b", "c"]).length).toBe(3 * 7);
});
