import { makeNonce, nonceKey } from "@guildhall/kernel";
import type { Event } from "@guildhall/proto";
import { codecFor } from "@guildhall/wire";
import { expect, test } from "vitest";
import { Latencies } from "../report/latency.ts";
import { wrongCount } from "./faults.ts";
import { GuildhallReader } from "./guildhall-reader.ts";
import { Lane } from "./lane.ts";
import { Sender } from "./sender.ts";

const GROUP = 77;
const SPEAKER = 5;
const { encodeServer } = codecFor("msgpack");

/** A server's frame: not masked, length in 1, 3 or 9 bytes. */
function serverFrame(payload: Uint8Array): Buffer {
  const long = payload.length > 125;
  const header = Buffer.from(long ? [0x82, 126, payload.length >> 8, payload.length & 0xff] : [0x82, payload.length]);
  return Buffer.concat([header, payload]);
}

/** A speaker who has sent `count` messages, and three members who have seen nothing. */
async function setUp(count: number) {
  const latencies = await Latencies.make();
  const nonces: Uint8Array[] = [];
  const sender = new Sender({
    window: count,
    answers: true,
    textOf: (number) => `message ${number}`,
    write: () => {
      const nonce = makeNonce(1_000);
      nonces.push(nonce);
      return nonceKey(nonce);
    },
    answerLatencies: await Latencies.make(),
  });
  const others: unknown[] = [];
  const reader = new GuildhallReader({
    frame: (_, frame) => others.push(frame),
    control: () => {},
    reached: (member, seq) => member === 0 && sender.reached(seq, 10),
  });
  reader.group = GROUP;
  reader.listen(SPEAKER, sender);
  sender.begin(0);
  sender.stop();
  const lane = new Lane(reader, latencies);
  for (let i = 0; i < 3; i++) lane.join(0);

  const event = (seq: number, changes: Partial<Event> = {}): Event => {
    const n = nonces[seq - 1];
    const known = n === undefined ? {} : { n };
    return {
      s: seq,
      k: "text",
      u: SPEAKER,
      ts: 1_000 + seq,
      ...known,
      m: seq,
      pv: 1,
      b: { t: `message ${seq - 1}` },
      ...changes,
    };
  };
  const ev = (a: number, z: number, changes: Partial<Event> = {}): Buffer => {
    const e = Array.from({ length: z - a + 1 }, (_, i) => event(a + i, i === 0 ? changes : {}));
    return serverFrame(encodeServer({ t: 67, g: GROUP, ep: 1, a, z, e }));
  };
  const feed = (member: number, ...frames: Buffer[]): void => {
    const bytes = Buffer.concat(frames);
    lane.receive(member, bytes, bytes.length, 5);
  };
  return { lane, sender, ev, feed, latencies, nonces, others };
}

test("copies to every member count as delivered and nothing else", async () => {
  const { lane, ev, feed, latencies } = await setUp(6);

  for (const member of [0, 1, 2]) feed(member, ev(1, 4), ev(5, 6));
  lane.finish(6);

  expect(lane.counts).toMatchObject({ delivered: 18 });
  expect(wrongCount(lane.counts)).toBe(0);
  expect(latencies.summary()).toMatchObject({ count: 18, max: expect.closeTo(5, 1) as number });
});

test("bytes may come in any pieces", async () => {
  const { lane, ev, feed } = await setUp(6);
  const bytes = Buffer.concat([ev(1, 1), ev(2, 5), ev(6, 6)]);

  for (const [member, step] of [1, 3, 7].entries()) {
    for (let at = 0; at < bytes.length; at += step) feed(member, bytes.subarray(at, at + step));
  }
  lane.finish(6);

  expect(lane.counts).toMatchObject({ delivered: 18 });
  expect(wrongCount(lane.counts)).toBe(0);
});

test("frames that are cut otherwise for one member are judged by themselves", async () => {
  const { lane, ev, feed } = await setUp(6);

  feed(0, ev(1, 4), ev(5, 6));
  feed(1, ev(1, 2), ev(3, 4), ev(5, 6));
  feed(2, ev(1, 6));
  lane.finish(6);

  expect(lane.counts).toMatchObject({ delivered: 18 });
  expect(wrongCount(lane.counts)).toBe(0);
});

test("answers and pongs between events disturb nobody's place", async () => {
  const { lane, ev, feed, others } = await setUp(4);
  const pong = serverFrame(encodeServer({ t: 74, ts: 1 }));

  feed(0, ev(1, 2), ev(3, 4));
  feed(1, pong, ev(1, 2), pong, pong, ev(3, 4), pong);
  feed(2, ev(1, 2), ev(3, 4));
  lane.finish(4);

  expect(others).toHaveLength(4);
  expect(lane.counts).toMatchObject({ delivered: 12 });
  expect(wrongCount(lane.counts)).toBe(0);
});

test("a dropped frame is missing, for whoever it was dropped", async () => {
  const first = await setUp(3);
  first.feed(0, first.ev(1, 1), first.ev(3, 3));
  const later = await setUp(3);
  later.feed(0, later.ev(1, 1), later.ev(2, 2), later.ev(3, 3));
  later.feed(1, later.ev(1, 1), later.ev(3, 3));

  expect(first.lane.counts).toMatchObject({ missing: 1, delivered: 2 });
  expect(later.lane.counts).toMatchObject({ missing: 1, delivered: 5 });
});

test("what never came at all is missing at the end", async () => {
  const { lane, ev, feed } = await setUp(3);

  feed(0, ev(1, 3));
  feed(1, ev(1, 3));
  lane.finish(3);

  expect(lane.counts).toMatchObject({ delivered: 6, missing: 3 });
});

test("a frame that comes twice is doubled", async () => {
  const { lane, ev, feed } = await setUp(3);

  feed(0, ev(1, 2), ev(1, 2), ev(3, 3));
  feed(1, ev(1, 2), ev(3, 3), ev(3, 3));

  expect(lane.counts).toMatchObject({ doubled: 3, missing: 0, delivered: 9 });
});

test("frames that change places are reordered", async () => {
  const { lane, ev, feed } = await setUp(3);

  feed(0, ev(1, 1), ev(2, 2), ev(3, 3));
  feed(1, ev(1, 1), ev(3, 3), ev(2, 2));

  expect(lane.counts).toMatchObject({ reordered: 1, missing: 0, doubled: 0, delivered: 6 });
});

test.each([
  ["another text than was sent", { b: { t: "message x" } }],
  ["an event under a nonce that nobody sent", { n: makeNonce(2_000) }],
])("%s is altered, also in the first copy", async (_, changes) => {
  const { lane, ev, feed } = await setUp(3);

  feed(0, ev(1, 1), ev(2, 2, changes), ev(3, 3));

  expect(lane.counts).toMatchObject({ altered: 1 });
});

test.each([
  ["text", { b: { t: "message X" } }],
  ["time", { ts: 9 }],
  ["count of messages", { m: 9 }],
])("a copy with another %s is altered", async (_, changes) => {
  const { lane, ev, feed } = await setUp(3);

  feed(0, ev(1, 3));
  feed(1, ev(1, 3, changes));

  expect(lane.counts).toMatchObject({ altered: 1, delivered: 6 });
});

test("one flipped byte in a copy does not pass", async () => {
  const { lane, ev, feed } = await setUp(3);
  const copy = Buffer.from(ev(2, 2));
  const at = copy.lastIndexOf("message");
  copy[at] = (copy[at] ?? 0) ^ 1;

  feed(0, ev(1, 1), ev(2, 2), ev(3, 3));
  feed(1, ev(1, 1), copy, ev(3, 3));

  expect(lane.counts).toMatchObject({ altered: 1 });
});

test("a message that stands in the lane twice is altered", async () => {
  const { lane, ev, feed, nonces } = await setUp(2);

  feed(0, ev(1, 1), ev(2, 2), ev(3, 3, { n: nonces[0] ?? new Uint8Array(16), b: { t: "message 0" } }));

  expect(lane.counts).toMatchObject({ altered: 1 });
});

test("a message is done when it is answered and its sender has it, in either order", async () => {
  const { ev, feed, nonces, sender } = await setUp(2);
  const keys = nonces.map(nonceKey);

  sender.answered(keys[0] ?? "", 1, 3);
  expect(sender.waiting).toBe(2);
  feed(0, ev(1, 2));
  expect(sender.waiting).toBe(1);
  sender.answered(keys[1] ?? "", 7, 6);

  expect(sender.waiting).toBe(0);
  expect(sender.astray).toBe(1);
});

test("a copy of what is no longer remembered is unchecked, not right", async () => {
  const { lane, ev, feed } = await setUp(1);
  feed(0, ev(1, 1), ev(1 + 2 ** 16, 1 + 2 ** 16));

  feed(1, ev(1, 1, { ts: 9 }));

  expect(lane.counts).toMatchObject({ unchecked: 1 });
});
