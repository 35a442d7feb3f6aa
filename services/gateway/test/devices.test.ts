import { partitionOf, toBase64Url } from "@guildhall/kernel";
import { CLIENT_FRAME, ERRORS, type Revocation } from "@guildhall/proto";
import { until } from "@guildhall/testkit";
import { pack, personSubject } from "@guildhall/wire";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Bench, startBench } from "./bench.ts";
import { type Client, device, tokenFor } from "./client.ts";
import { PARTITIONS } from "./fake-owner.ts";

let bench: Bench;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench[Symbol.asyncDispose]());

async function signedIn(u: number): Promise<{ client: Client; dev: string }> {
  const [client, dev] = [await bench.connect(), device()];
  await client.hello(u, dev);
  return { client, dev: toBase64Url(dev) };
}

function tell(revocation: Omit<Revocation, "at">): void {
  bench.bus.publish(personSubject(partitionOf(revocation.u, PARTITIONS)), pack({ ...revocation, at: Date.now() }));
}

/** Says hello and waits for the end of it. */
async function turnedAway(dev: Uint8Array, fields: object = {}) {
  const client = await bench.connect();
  void client.hello(1, dev, fields).catch(() => undefined);
  return { closed: await client.end(), client };
}

test("an ended sign-in closes its socket with 4101, and no other", async () => {
  const [phone, desk, other] = [await signedIn(1), await signedIn(1), await signedIn(2)];

  tell({ u: 1, devs: [phone.dev, other.dev], why: "ended" });

  expect((await phone.client.end()).code).toBe(4101);
  expect(phone.client.of("bye")).toMatchObject([{ c: 4101 }]);
  expect(bench.gateway.stats().revoked).toBe(1);
  expect([desk.client.closed, other.client.closed]).toEqual([undefined, undefined]);
});

test("all sign-ins of a person can end at once", async () => {
  const [phone, desk] = [await signedIn(1), await signedIn(1)];

  tell({ u: 1, devs: "all", why: "ended" });

  expect((await phone.client.end()).code).toBe(4101);
  expect((await desk.client.end()).code).toBe(4101);
});

test("news that cannot be read stops nothing", async () => {
  const { client, dev } = await signedIn(1);

  bench.bus.publish(personSubject(partitionOf(1, PARTITIONS)), new Uint8Array([0xc1]));
  tell({ u: 1, devs: [dev], why: "reuse" });

  expect((await client.end()).code).toBe(4101);
});

test("hello with a token of an ended sign-in is UNAUTHENTICATED and 4101, without welcome", async () => {
  const dev = device();
  bench.owner.ended.add(toBase64Url(dev));

  const { closed, client } = await turnedAway(dev);

  expect(closed.code).toBe(4101);
  expect(client.of("err")).toMatchObject([{ c: ERRORS.UNAUTHENTICATED.c }]);
  expect(client.of("welcome")).toEqual([]);
});

test("a sign-in that ends while hello is being answered does not get in", async () => {
  const dev = device();
  bench.owner.onCheck = async () => {
    tell({ u: 1, devs: [toBase64Url(dev)], why: "ended" });
    await new Promise((resolve) => setImmediate(resolve));
  };

  const { closed, client } = await turnedAway(dev);

  expect(closed.code).toBe(4101);
  expect(client.of("welcome")).toEqual([]);
});

test("while nobody can say whether a sign-in holds, hello is told to come back", async () => {
  bench.owner.checkRefused = { code: "UNAVAILABLE" };

  const { closed, client } = await turnedAway(device());

  expect(closed.code).toBe(4004);
  expect(client.of("err")).toMatchObject([{ c: ERRORS.UNAVAILABLE.c, r: true }]);
  expect(bench.gateway.stats().checksFailed).toBe(1);
});

test("many who come at once are asked about together", async () => {
  const clients = await Promise.all(Array.from({ length: 20 }, () => bench.connect()));

  await Promise.all(clients.map((client, n) => client.hello(n + 1, device())));

  expect(bench.owner.checked.flat()).toHaveLength(20);
  expect(bench.owner.checked.length).toBeLessThan(20);
});

test("a gateway that missed the news finds out within a minute, though the owner was away in between", async () => {
  const [{ client, dev }, stays] = [await signedIn(1), await signedIn(1)];
  bench.owner.ended.add(dev);
  bench.owner.checkRefused = { code: "UNAVAILABLE" };

  bench.clock.advance(30_000);
  for (const each of [client, stays.client]) each.send({ t: CLIENT_FRAME.ping });
  await until(() => [client, stays.client].every((each) => each.of("pong").length === 1));
  bench.clock.advance(16_000);
  await until(() => bench.gateway.stats().checksFailed >= 2);
  expect(client.closed).toBeUndefined();
  bench.owner.checkRefused = undefined;

  expect((await client.end()).code).toBe(4101);
  expect(stays.client.closed).toBeUndefined();
});

test("where a beacon was missed, the people of its partition are checked at once", async () => {
  const [{ client, dev }, stays] = [await signedIn(1), await signedIn(1)];
  bench.owner.beacon();
  await until(() => bench.gateway.ready());
  bench.owner.ended.add(dev);

  bench.owner.beacon([], { skip: 1 });

  expect((await client.end()).code).toBe(4101);
  expect(stays.client.closed).toBeUndefined();
});

/** Two people who follow a group, on a gateway that then hears nobody for a while. The first one's sign-in ends unheard. */
async function deafened() {
  const g = bench.group(1, 2);
  const [goes, stays] = [await signedIn(1), await signedIn(2)];
  for (const { client } of [goes, stays]) await client.ok(CLIENT_FRAME.sub, { g: [g], mode: 1 });
  await until(() => bench.gateway.ready());
  bench.owner.ended.add(goes.dev);
  bench.clock.advance(2_100);
  return { g, goes: goes.client, stays: stays.client };
}

test("a gateway that has heard nobody shows nothing before it has checked everybody", async () => {
  bench.owner.onCheck = () => new Promise((resolve) => setTimeout(resolve, 100));
  const { g, goes, stays } = await deafened();

  bench.owner.text(g, "after the end");
  await stays.has(g, 2);

  expect((await goes.end()).code).toBe(4101);
  expect(goes.seqs(g)).toEqual([]);
  expect(stays.closed).toBeUndefined();
});

test("owners that do not answer are waited for, and not for long", async () => {
  const { g, goes, stays } = await deafened();
  bench.owner.checkRefused = { code: "UNAVAILABLE" };

  const sinceMs = performance.now();
  bench.owner.text(g, "after the end");
  await stays.has(g, 2);
  expect(performance.now() - sinceMs).toBeGreaterThan(2_900);
  bench.owner.checkRefused = undefined;

  expect((await goes.end()).code).toBe(4101);
});

test("auth with a token of an ended sign-in closes with 4101; unanswered it is refused and the old token stays", async () => {
  const dev = device();
  const client = await bench.connect();
  await client.hello(1, dev);

  bench.owner.checkRefused = { code: "UNAVAILABLE" };
  const refused = await client.answer(client.request(CLIENT_FRAME.auth, { tok: tokenFor(1, dev) }));
  expect(refused).toMatchObject({ c: ERRORS.UNAVAILABLE.c });
  bench.owner.checkRefused = undefined;
  bench.owner.ended.add(toBase64Url(dev));
  client.request(CLIENT_FRAME.auth, { tok: tokenFor(1, dev) });

  expect((await client.end()).code).toBe(4101);
});
