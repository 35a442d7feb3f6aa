import { CLIENT_FRAME } from "@guildhall/proto";
import { until } from "@guildhall/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Bench, startBench } from "./bench.ts";
import type { Client } from "./client.ts";

let bench: Bench;
beforeEach(async () => {
  bench = await startBench({ beat: false });
});
afterEach(() => bench[Symbol.asyncDispose]());

async function listener(u: number, g: number): Promise<Client> {
  const client = await bench.person(u);
  await client.ok(CLIENT_FRAME.sub, { g: [g], mode: 1 });
  return client;
}

const range = (a: number, z: number) => Array.from({ length: z - a + 1 }, (_, i) => a + i);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test("a hole is filled before anything behind it is delivered", async () => {
  const g = bench.group(1);
  const client = await listener(1, g);

  bench.owner.text(g, "lost", false);
  bench.owner.text(g, "b");
  await client.has(g, 3);

  expect(client.seqs(g)).toEqual([2, 3]);
  expect(client.of("gap")).toEqual([]);
});

test("a hole that the owner has stored is filled from the store", async () => {
  const g = bench.group(1);
  const client = await listener(1, g);

  for (let i = 0; i < 30; i++) bench.owner.text(g, `lost ${i}`, false);
  await bench.owner.save(g, 1, 31);
  bench.owner.keep = 3;
  bench.owner.text(g, "b");
  await client.has(g, 32);

  expect(client.seqs(g)).toEqual(range(2, 32));
  expect(client.events(g)).toEqual(bench.owner.events(g).slice(1));
  expect(bench.gateway.stats().holesFilled).toBe(1);
});

test("a hole that cannot be filled becomes a gap, and the lane goes on behind it", async () => {
  const beating = setInterval(() => bench.owner.beacon(), 200);
  const g = bench.group(1);
  const client = await listener(1, g);

  for (let i = 0; i < 30; i++) bench.owner.text(g, "lost", false);
  bench.owner.stored = 1_000_000;
  bench.owner.keep = 3;
  bench.owner.text(g, "b");
  await until(() => client.of("gap").length === 1, 12_000);
  bench.owner.text(g, "c");
  await client.has(g, 33);
  clearInterval(beating);

  expect(client.of("gap")).toMatchObject([{ g, have: 1, s: 32, why: "too_far" }]);
  expect(client.seqs(g)).toEqual([33]);
  expect(bench.gateway.stats().holesGivenUp).toBe(1);
}, 20_000);

test("repeated, late and reordered batches change nothing", async () => {
  const g = bench.group(1);
  const client = await listener(1, g);
  for (let i = 0; i < 10; i++) bench.owner.text(g, `${i}`, false);

  for (const [a, z] of [
    [4, 6],
    [2, 3],
    [2, 3],
    [9, 11],
    [5, 8],
    [2, 11],
  ] as const) {
    bench.owner.publish(g, a, z);
  }
  await client.has(g, 11);
  await pause(50);

  expect(client.seqs(g)).toEqual(range(2, 11));
  expect(bench.gateway.stats().repeated).toBeGreaterThan(0);
});

test("a lost tail is found by the heads of a beacon", async () => {
  const g = bench.group(1);
  const client = await listener(1, g);
  bench.owner.beacon();

  bench.owner.text(g, "lost", false);
  bench.owner.beacon([g]);

  await client.has(g, 2);
});

test("a beacon that cannot name all heads has every lane looked at", async () => {
  const g = bench.group(1);
  const client = await listener(1, g);
  bench.owner.beacon();

  bench.owner.text(g, "lost", false);
  bench.owner.beacon([], { all: true });

  await client.has(g, 2);
});

test("a jump in the beacons' numbers has every lane verified", async () => {
  const g = bench.group(1);
  const client = await listener(1, g);
  bench.owner.beacon();
  await until(() => bench.gateway.ready());
  const { openings } = bench.owner;

  bench.owner.text(g, "lost", false);
  bench.owner.beacon([], { skip: 1 });
  await client.has(g, 2);

  expect(bench.owner.openings).toBe(openings + 1);
});

test("only an answer that knows the beacon verifies a lane", async () => {
  const g = bench.group(1);
  const client = await listener(1, g);
  bench.owner.beacon();
  await until(() => bench.gateway.ready());
  let late = 3;
  bench.owner.onOpen = (reply) =>
    late-- > 0 ? { ...reply, beacon: 1, s: 1, events: reply.events.filter(({ s }) => s === 1) } : reply;

  bench.owner.text(g, "lost", false);
  bench.owner.beacon([], { skip: 1 });
  await client.has(g, 2);

  expect(late).toBeLessThan(0);
});

test("beacons in order have nothing verified", async () => {
  const g = bench.group(1);
  await listener(1, g);
  bench.owner.beacon();
  await until(() => bench.gateway.ready());
  await pause(20);
  const { openings } = bench.owner;

  for (let i = 0; i < 5; i++) bench.owner.beacon([g]);
  await pause(100);

  expect(bench.owner.openings).toBe(openings);
});

test("a higher term has lanes verified, and what the lower one still says is ignored", async () => {
  const g = bench.group(1);
  const client = await listener(1, g);
  bench.owner.beacon();
  bench.owner.text(g, "lost", false);

  bench.owner.succeed();
  bench.owner.beacon();
  await client.has(g, 2);
  bench.owner.text(g, "unknown to the new owner", false);
  bench.owner.publish(g, 3, 3, { term: 1 });
  bench.owner.beacon([g], { term: 1 });
  await pause(100);

  expect(client.seqs(g)).toEqual([2]);
  expect(bench.gateway.stats().stale).toBeGreaterThanOrEqual(2);
});

test("events of a new term are delivered once the owner has answered", async () => {
  const g = bench.group(1);
  const client = await listener(1, g);
  bench.owner.openRefused = { code: "UNAVAILABLE" };

  bench.owner.succeed();
  bench.owner.text(g, "a");
  bench.owner.text(g, "b");
  await pause(100);
  const before = client.seqs(g);
  bench.owner.openRefused = undefined;
  await client.has(g, 3);

  expect(before).toEqual([]);
  expect(client.seqs(g)).toEqual([2, 3]);
});

test("without beacons for 2 s nothing is delivered; with one, what was missed comes in order", async () => {
  const g = bench.group(1);
  const client = await listener(1, g);
  bench.owner.beacon();
  bench.owner.text(g, "a");
  await client.has(g, 2);

  bench.clock.advance(2_100);
  await until(async () => (await bench.registry.text()).includes("unverified_partitions 2"));
  bench.owner.text(g, "b");
  bench.owner.text(g, "lost", false);
  await pause(100);
  const before = client.seqs(g);
  const refused = await client.ok(CLIENT_FRAME.sub, { g: [bench.group(1)], mode: 1 });
  bench.owner.beacon();
  await client.has(g, 4);

  expect(before).toEqual([2]);
  expect(refused).toMatchObject([{ c: 600 }]);
  expect(client.seqs(g)).toEqual([2, 3, 4]);
  expect(bench.gateway.stats().beaconsLost).toBe(2);
});

test("a new epoch is a gap for everybody who may still see the lane, and the end for the others", async () => {
  const g = bench.group(1, 2);
  const [stays, goes] = [await listener(1, g), await listener(2, g)];
  for (let i = 0; i < 5; i++) bench.owner.text(g, "x");
  await Promise.all([stays.has(g, 6), goes.has(g, 6)]);

  bench.facts.group(g, [1]);
  bench.owner.restore(g, 3);
  bench.owner.text(g, "anew");
  await until(() => stays.of("gap").length === 1 && goes.of("gap").length === 2);
  bench.owner.text(g, "more");
  await until(() => stays.seqs(g).at(-1) === 5);

  expect(stays.of("gap")).toMatchObject([{ g, ep: 2, have: 6, s: 4, why: "epoch" }]);
  expect(stays.of("ev").at(-1)).toMatchObject({ ep: 2, a: 5, z: 5 });
  expect(goes.seqs(g)).toEqual([2, 3, 4, 5, 6]);
  expect(goes.of("gap").map(({ why }) => why)).toEqual(["epoch", "removed"]);
});

test("one question opens a lane for all who want it, and events on the way are not missed", async () => {
  const g = bench.group(1);
  const clients = await Promise.all(Array.from({ length: 5 }, () => bench.person(1)));
  const { openings } = bench.owner;

  const subs = clients.map((client) => client.ok(CLIENT_FRAME.sub, { g: [g], mode: 1, cur: [[g, 0, 1, 1]] }));
  for (let i = 0; i < 40; i++) {
    bench.owner.text(g, `${i}`);
    await pause(0);
  }
  await Promise.all(subs);
  await Promise.all(clients.map((client) => client.has(g, 41)));

  for (const client of clients) expect(client.seqs(g)).toEqual(range(2, 41));
  expect(bench.owner.openings).toBe(openings + 1);
});

test("a lane that nobody listens to is forgotten after a minute", async () => {
  const g = bench.group(1);
  const client = await listener(1, g);
  expect(bench.gateway.stats().lanes).toBe(1);

  client.send({ t: CLIENT_FRAME.unsub, g: [g] });
  for (let second = 0; second < 50; second++) {
    bench.clock.advance(1_000);
    bench.owner.beacon();
    await pause(0);
  }
  await pause(300);
  expect(bench.gateway.stats().lanes).toBe(1);
  bench.clock.advance(11_000);

  await until(() => bench.gateway.stats().lanes === 0);
});
