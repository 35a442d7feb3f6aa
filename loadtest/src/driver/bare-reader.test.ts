import { expect, test } from "vitest";
import { Latencies } from "../report/latency.ts";
import { BareReader, bareMessage } from "./bare-reader.ts";
import { Lane } from "./lane.ts";
import { Sender } from "./sender.ts";

const frame = (payload: Buffer): Buffer => Buffer.concat([Buffer.from([0x82, payload.length]), payload]);
const textOf = (number: number): string => `message ${number} of a sender`;
const message = (sender: number, number: number): Buffer => frame(bareMessage(sender, number, textOf(number)));

/** Two senders with four messages each on their way, and two members. */
async function setUp() {
  const reader = new BareReader({ control: () => {}, reached: (member, seq) => senders[member]?.reached(seq, 5) });
  const answerLatencies = await Latencies.make();
  const senders = [0, 1].map(
    () => new Sender({ window: 4, answers: false, textOf, write: (_, n) => String(n), answerLatencies }),
  );
  const lane = new Lane(reader, await Latencies.make());
  for (const [number, sender] of senders.entries()) {
    reader.listen(number, sender);
    lane.join(0);
    sender.begin(0);
    sender.stop();
  }
  const feed = (member: number, ...frames: Buffer[]): void => {
    const bytes = Buffer.concat(frames);
    lane.receive(member, bytes, bytes.length, 5);
  };
  return { lane, feed, senders };
}

test("what every member gets in one order is right, and frees the senders' places", async () => {
  const { lane, feed, senders } = await setUp();
  const all = [message(0, 0), message(1, 0), message(0, 1), message(1, 1)];

  feed(0, ...all);
  feed(1, ...all);
  lane.finish(4);

  expect(lane.counts).toEqual({ delivered: 8, missing: 0, doubled: 0, reordered: 0, altered: 0, unchecked: 0 });
  expect(senders.map(({ waiting }) => waiting)).toEqual([2, 2]);
});

test.each([
  ["dropped", [message(0, 0), message(0, 2)], { missing: 1 }],
  ["doubled", [message(0, 0), message(0, 1), message(0, 1)], { doubled: 1 }],
  ["reordered", [message(0, 0), message(0, 2), message(0, 1)], { reordered: 1, missing: 0 }],
])("a message %s for one member is seen", async (_, frames, wrong) => {
  const { lane, feed } = await setUp();

  feed(0, message(0, 0), message(0, 1), message(0, 2));
  feed(1, ...frames);

  expect(lane.counts).toMatchObject(wrong);
});

test.each([
  ["lost by the server", [message(0, 1)]],
  ["changed by the server", [frame(bareMessage(0, 0, "another text of this")), message(0, 1)]],
  ["of nobody", [frame(bareMessage(9, 0, "another text of this"))]],
  ["too short to be one", [frame(Buffer.from("x"))]],
])("a message %s is altered in the first copy", async (_, frames) => {
  const { lane, feed } = await setUp();

  feed(0, ...frames);

  expect(lane.counts.altered).toBe(1);
});
