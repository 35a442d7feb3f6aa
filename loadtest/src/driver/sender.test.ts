import { expect, test } from "vitest";
import { Latencies } from "../report/latency.ts";
import { Sender, type SenderOptions } from "./sender.ts";

async function setUp(options: Partial<SenderOptions>) {
  const answerLatencies = await Latencies.make();
  const sender = new Sender({
    window: 2,
    answers: true,
    textOf: String,
    write: (slot, number) => {
      slot.seenSeq = number + 1;
      return String(number);
    },
    answerLatencies,
    ...options,
  });
  return { sender, answerLatencies };
}

test("no more is on its way than the window has places", async () => {
  const { sender } = await setUp({});

  sender.begin(0);
  sender.fill(1);

  expect([sender.sent, sender.waiting]).toEqual([2, 2]);
});

test("a place that becomes free is taken at once, until the round ends", async () => {
  const { sender } = await setUp({});
  sender.begin(0);
  sender.reached(1, 1);

  sender.answered("0", 1, 2);
  expect([sender.sent, sender.waiting]).toEqual([3, 2]);
  sender.stop();
  sender.refuse("1", 3);

  expect([sender.sent, sender.waiting, sender.refused]).toEqual([3, 1, 1]);
});

test("at a rate a message is due when the rate says so, though the window was full", async () => {
  const { sender, answerLatencies } = await setUp({ window: 1 });
  sender.begin(0, 100);
  sender.fill(50);
  expect(sender.sent).toBe(1);

  sender.reached(9, 50);
  sender.answered("0", 1, 50);
  sender.answered("1", 2, 60);

  expect(sender.sent).toBe(3);
  expect(answerLatencies.summary()).toMatchObject({ count: 2, max: expect.closeTo(50, 0) as number });
});
