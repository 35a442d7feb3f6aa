import { Closers } from "@guildhall/kernel";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openRawSocket, socketTarget } from "../clients/raw-socket.ts";
import { type Server, startBaseline } from "../processes/servers.ts";
import { Latencies } from "../report/latency.ts";
import { bareCrowd } from "./bare-crowd.ts";
import { bareMessage } from "./bare-reader.ts";
import { deliveriesOf } from "./crowd.ts";
import { NO_DELIVERIES, wrongCount } from "./faults.ts";
import { keptOf } from "./kept.ts";
import { runRound } from "./round.ts";
import { textOf } from "./texts.ts";

const closers = new Closers();
const servers: Partial<Record<"topic" | "gather", Server>> = {};

beforeAll(async () => {
  for (const name of ["topic", "gather"] as const) {
    servers[name] = await startBaseline(name, closers, 0, process.env);
  }
}, 60_000);
afterAll(() => closers[Symbol.asyncDispose]());

const measuring = async () => ({ delivery: await Latencies.make(), answer: await Latencies.make() });

/** Three groups of four, two of each speaking. */
async function crowdAt(name: "topic" | "gather") {
  const url = servers[name]?.url ?? "";
  const measures = await measuring();
  const plan = {
    kind: "bare",
    url,
    groups: 3,
    members: 4,
    senders: 2,
    window: 4,
    bytes: 64,
    people: [],
  } as const;
  const crowd = await bareCrowd(plan, measures);
  return { crowd, measures, url };
}

test.each(["topic", "gather"] as const)(
  "what is said in a group of %s reaches its members and nobody else",
  async (name) => {
    const { crowd, measures } = await crowdAt(name);

    const result = await runRound(crowd, 0, measures, 0.2);
    crowd.close();

    expect(result.messages).toBeGreaterThan(6 * 4);
    expect(result.deliveries).toEqual({ ...NO_DELIVERIES, delivered: result.messages * 4 });
    expect(result.delivery.count).toBe(result.messages * 4);
    expect(crowd.groups.every(({ newest }) => newest > 0)).toBe(true);
  },
);

test("at a rate the groups take turns and say as much as was asked for", async () => {
  const { crowd, measures } = await crowdAt("topic");

  const result = await runRound(crowd, 300, measures, 0.5);
  crowd.close();

  expect(result.messages).toBeGreaterThan(100);
  expect(result.messages).toBeLessThanOrEqual(300 * 0.5 + 6);
  const said = crowd.senders.map(({ sent }) => sent);
  expect(Math.max(...said) - Math.min(...said)).toBeLessThanOrEqual(1);
});

test("a message that strays into another group is not taken for one of it", async () => {
  const { crowd, measures, url } = await crowdAt("topic");
  await runRound(crowd, 0, measures, 0.05);
  const stranger = await openRawSocket(
    socketTarget(`${url}/0`),
    () => {},
    () => {},
  );
  const [other] = crowd.groups[1]?.senders ?? [];
  const before = wrongCount(deliveriesOf(crowd));

  // Sender 2 is the first of the second group.
  stranger.send(bareMessage(2, other?.sent ?? 0, textOf(2, other?.sent ?? 0, 64)));

  // The first copy is judged; the others are the same bytes.
  await expect.poll(() => deliveriesOf(crowd).altered, { timeout: 5_000 }).toBe(1);
  expect(before).toBe(0);
  stranger.destroy();
  crowd.close();
});

test("many lanes together keep about as much as one alone, and each enough for seconds of it", () => {
  const one = keptOf(1);
  const each = keptOf(16);

  expect(each.bytes * 16).toBe(one.bytes);
  expect(keptOf(1_000)).toEqual(keptOf(2_000));
  expect(keptOf(1_000).events).toBeGreaterThanOrEqual(1_000);
});
