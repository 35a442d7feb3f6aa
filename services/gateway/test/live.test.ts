import { CLIENT_FRAME, ERRORS, type GroupsList } from "@guildhall/proto";
import { until } from "@guildhall/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Bench, startBench } from "./bench.ts";
import type { Client } from "./client.ts";

let bench: Bench;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench[Symbol.asyncDispose]());

async function follower(u: number, g: number, mode: 0 | 1 = 1, encoding: "msgpack" | "json" = "msgpack") {
  const client = await bench.person(u, encoding);
  await client.ok(CLIENT_FRAME.sub, { g: [g], mode });
  return client;
}

const read = (client: Client, g: number, s: number) => client.send({ t: CLIENT_FRAME.read, g, s });
const type = (client: Client, g: number) => client.send({ t: CLIENT_FRAME.eph, g, k: "typing" });
const stored = () => bench.owner.commands.filter(({ m }) => m === "cursor.put");

/** Nothing that was sent before is under way to the client any more. */
async function settled(client: Client): Promise<void> {
  const before = client.of("pong").length;
  client.send({ t: CLIENT_FRAME.ping });
  await until(() => client.of("pong").length > before);
}

test("the furthest seq read is told to one's other devices, with the messages up to there, and stored", async () => {
  const g = bench.group(1, 2);
  for (let i = 0; i < 5; i++) bench.owner.text(g, `${i}`);
  const [phone, web, other] = [await follower(1, g), await follower(1, g, 0, "json"), await follower(2, g)];

  for (const s of [3, 5, 4, 2]) read(phone, g, s);
  await until(() => web.of("eph").length === 1 && stored().length === 1);
  await Promise.all([settled(phone), settled(other)]);

  expect(web.of("eph")).toEqual([{ t: 69, g, k: "read", u: [1], s: 5, m: 4 }]);
  expect([phone.of("eph"), other.of("eph")]).toEqual([[], []]);
  expect(stored()).toMatchObject([{ g: 1, u: 1, a: { g, ep: 1, s: 5, m: 4 } }]);
});

test("a seq beyond the head is the head, and one the gateway has dropped is looked up", async () => {
  const g = bench.group(1);
  for (let i = 0; i < 30; i++) bench.owner.text(g, `${i}`);
  await bench.owner.save(g, 1, 31);
  bench.owner.keep = 3;
  const [phone, web] = [await follower(1, g), await follower(1, g)];

  read(phone, g, 7);
  await until(() => web.of("eph").length === 1);
  read(phone, g, 900);
  await until(() => web.of("eph").length === 2);

  expect(web.of("eph")).toMatchObject([
    { s: 7, m: 6 },
    { s: 31, m: 30 },
  ]);
});

test("what is not stored yet is in groups.list, and an owner that is away gets it later", async () => {
  const g = bench.group(1);
  bench.owner.text(g, "a");
  const row = { g, number: 1, name: "n", at: 1 };
  bench.owner.onAsk = () => ({
    groups: [
      { ...row, read: { ep: 1, s: 1, m: 0 } },
      { ...row, g: g + 1 },
    ],
    more: false,
  });
  const away = { err: { code: "UNAVAILABLE" as const } };
  const usual = bench.owner.onCommand;
  bench.owner.onCommand = (command) => (stored().length > 1 ? usual(command) : away);
  const [phone, web] = [await follower(1, g), await follower(1, g)];

  read(phone, g, 2);
  await until(() => web.of("eph").length === 1);
  const list = await phone.ok<GroupsList>(CLIENT_FRAME.ask, { m: "groups.list", a: {} });
  await until(() => bench.gateway.stats().cursorsStored === 1, 8_000);

  expect(list.groups).toEqual([
    { ...row, read: { ep: 1, s: 2, m: 1 } },
    { ...row, g: g + 1 },
  ]);
  expect(bench.gateway.stats().cursorsFailed).toBe(1);
}, 15_000);

test("who is not subscribed cannot say what they read or that they type", async () => {
  const g = bench.group(1);
  const [client, passive] = [await bench.person(1), await follower(1, g, 0)];

  read(client, g, 1);
  type(client, g);
  type(passive, g);
  await until(() => client.of("err").length === 2 && passive.of("err").length === 1);

  const notFound = { c: ERRORS.NOT_FOUND.c };
  expect([...client.of("err"), ...passive.of("err")]).toMatchObject([notFound, notFound, notFound]);
});

test("typing is told to the others who follow the group, at most once in five seconds a person", async () => {
  const g = bench.group(1, 2, 3);
  const [one, again, two] = [await follower(1, g), await follower(1, g), await follower(2, g, 1, "json")];
  const passive = await follower(3, g, 0);

  for (let i = 0; i < 5; i++) type(one, g);
  await until(() => two.of("eph").length > 0);
  bench.clock.advance(5_000);
  type(one, g);
  await until(() => two.of("eph").length > 1);
  await Promise.all([one, again, two, passive].map(settled));

  expect(two.of("eph")).toEqual(
    [
      { t: "eph", g, k: "typing", u: [1] },
      { t: "eph", g, k: "typing", u: [1] },
    ].map((frame) => ({ ...frame, t: 69 })),
  );
  expect([one.of("eph"), again.of("eph"), passive.of("eph")]).toEqual([[], [], []]);
});

test("a muted member's typing is refused and told to nobody", async () => {
  const g = bench.group(1, 2);
  const [one, two] = [await follower(1, g), await follower(2, g)];
  bench.facts.member(g, 1, { roles: [1], mute: Date.now() + 60_000 }, 0);

  type(one, g);
  await until(() => one.of("err").length === 1);
  await settled(two);

  expect(one.of("err")).toMatchObject([{ c: ERRORS.MUTED.c }]);
  expect(two.of("eph")).toEqual([]);
});
