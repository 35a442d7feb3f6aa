import { CLIENT_FRAME, type Cursor, ERRORS, type HeadFrame, type SubResult } from "@guildhall/proto";
import { until } from "@guildhall/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Bench, startBench } from "./bench.ts";
import { type Client, device } from "./client.ts";

let bench: Bench;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench[Symbol.asyncDispose]());

const sub = (client: Client, g: number[], mode: 0 | 1, cur: Cursor[] = []) =>
  client.ok<SubResult>(CLIENT_FRAME.sub, { g, mode, cur });

/** A client that watches the group. */
async function watcher(u: number, g: number, encoding: "msgpack" | "json" = "msgpack"): Promise<Client> {
  const client = await bench.person(u, encoding);
  await sub(client, [g], 0);
  return client;
}

const rows = (client: Client): HeadFrame["h"] => client.of("head").flatMap(({ h }) => h);

/** The newest row of the group that the client was sent, once its seq is `s`. */
async function headOf(client: Client, g: number, s: number): Promise<HeadFrame["h"][number] | undefined> {
  const find = () => rows(client).findLast((row) => row[0] === g);
  await until(() => find()?.[3] === s);
  return find();
}

test("a passive session gets no events, and one head a second at most however much happens", async () => {
  const g = bench.group(1, 2);
  const [passive, json, active] = [await watcher(1, g), await watcher(1, g, "json"), await bench.person(2)];
  await sub(active, [g], 1);

  for (let i = 0; i < 60; i++) {
    bench.owner.text(g, `${i}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  await active.has(g, 61);

  expect(await headOf(passive, g, 61)).toEqual([g, 0, 1, 61, 60, 0]);
  expect(await headOf(json, g, 61)).toEqual([g, 0, 1, 61, 60, 0]);
  expect([passive.seqs(g), json.seqs(g)]).toEqual([[], []]);
  expect(passive.of("head").length).toBeLessThanOrEqual(4);
  expect(active.of("head")).toEqual([]);
});

test("one frame has a row for every group that moved, and none for the others", async () => {
  const groups = [bench.group(1), bench.group(1), bench.group(1)];
  const client = await bench.person(1);
  await sub(client, groups, 0);

  bench.owner.text(groups[0] ?? 0, "a");
  bench.owner.text(groups[2] ?? 0, "b");
  await until(() => client.of("head").length > 0);

  expect(client.of("head").map(({ h }) => h.map(([g]) => g))).toEqual([[groups[0], groups[2]]]);
});

test("mentions are counted for whom they name, from where the session stands, and never for their author", async () => {
  const g = bench.group(1, 2);
  bench.owner.say(g, { u: 9, k: "text", b: { t: "missed" }, mn: [1] });
  bench.owner.say(g, { u: 9, k: "text", b: { t: "seen" }, mn: [1] });
  const [one, two] = [await bench.person(1), await watcher(2, g)];
  await sub(one, [g], 0, [[g, 0, 1, 2]]);

  bench.owner.say(g, { u: 1, k: "text", b: { t: "all" }, mn: "all" });
  bench.owner.say(g, { u: 2, k: "text", b: { t: "both" }, mn: [1, 2] });

  expect(await headOf(one, g, 5)).toEqual([g, 0, 1, 5, 4, 2]);
  expect(await headOf(two, g, 5)).toEqual([g, 0, 1, 5, 4, 1]);
});

test("made active, a session gets everything after its cursor; made passive, nothing more", async () => {
  const g = bench.group(1);
  const client = await watcher(1, g);
  bench.owner.text(g, "a");
  bench.owner.text(g, "b");

  const active = await sub(client, [g], 1, [[g, 0, 1, 1]]);
  bench.owner.text(g, "c");
  await client.has(g, 4);
  await sub(client, [g], 0, [[g, 0, 1, 4]]);
  bench.owner.text(g, "d");

  expect(await headOf(client, g, 5)).toMatchObject([g, 0, 1, 5, 4, 0]);
  expect(active).toMatchObject([{ rec: "full" }]);
  expect(client.seqs(g)).toEqual([2, 3, 4]);
});

test("hello: what act names is active, other cursors stay passive and are told of heads that moved", async () => {
  const [active, passive, still] = [bench.group(1), bench.group(1), bench.group(1)];
  bench.owner.text(active, "a");
  bench.owner.text(passive, "b");
  const client = await bench.connect();
  const cur = [active, passive, still].map((g): Cursor => [g, 0, 1, 1]);

  const answer = await client.hello(1, device(), { cur, act: [active] });

  expect(answer).toMatchObject({ d: { full: 3, gap: 0 } });
  expect(rows(client)).toEqual([[passive, 0, 1, 2, 1, 0]]);
  expect([client.seqs(active), client.seqs(passive)]).toEqual([[2], []]);
});

test("hello without act makes as many groups active as may be, and the others passive", async () => {
  const groups = Array.from({ length: 34 }, () => bench.group(1));
  const client = await bench.connect();

  const answer = await client.hello(1, device(), { cur: groups.map((g): Cursor => [g, 0, 1, 1]) });
  for (const g of groups) bench.owner.text(g, "a");
  await until(() => rows(client).length === 2 && client.of("ev").length >= 32);

  expect(answer).toMatchObject({ d: { full: 34, gap: 0 } });
  expect(rows(client).map(([g]) => g)).toEqual(groups.slice(32));
  expect(groups.filter((g) => client.seqs(g).length === 1)).toEqual(groups.slice(0, 32));
});

test("a cursor of another epoch, or beyond the head, is answered with a gap", async () => {
  const [other, beyond] = [bench.group(1), bench.group(1)];
  const client = await bench.person(1);

  const answer = await sub(client, [other, beyond], 0, [
    [other, 0, 7, 1],
    [beyond, 0, 1, 9],
  ]);

  expect(answer).toMatchObject([{ rec: "gap" }, { rec: "gap" }]);
  expect(client.of("gap")).toMatchObject([
    { g: other, why: "epoch" },
    { g: beyond, why: "future" },
  ]);
});

test("who is removed is told by a gap, and nothing after it", async () => {
  const g = bench.group(1, 2);
  const [gone, stays] = [await watcher(2, g), await watcher(1, g)];
  bench.owner.text(g, "a");
  await Promise.all([headOf(gone, g, 2), headOf(stays, g, 2)]);

  bench.owner.text(g, "b");
  bench.owner.say(g, { u: 9, k: "member.kick", b: { u: 2 } });
  bench.facts.member(g, 2, null, 4);
  bench.owner.text(g, "c");
  await headOf(stays, g, 5);
  const again = await sub(gone, [g], 0);

  expect(gone.of("gap")).toMatchObject([{ g, s: 4, why: "removed" }]);
  expect(rows(gone)).toEqual([[g, 0, 1, 2, 1, 0]]);
  expect(again).toMatchObject([{ c: ERRORS.NOT_FOUND.c }]);
});

test("after unsub no head comes, and a closed session leaves nothing behind", async () => {
  const g = bench.group(1);
  const [leaving, closing, staying] = [await watcher(1, g), await watcher(1, g), await watcher(1, g)];

  leaving.send({ t: CLIENT_FRAME.unsub, g: [g] });
  closing.socket.terminate();
  await until(() => bench.gateway.stats().connections === 2);
  bench.owner.text(g, "a");
  await headOf(staying, g, 2);

  expect(rows(leaving)).toEqual([]);
});

test("a lane that only passive sessions hold finds its lost news by the beacon", async () => {
  const g = bench.group(1);
  const client = await watcher(1, g);

  bench.owner.text(g, "lost", false);
  bench.owner.beacon([g]);

  expect(await headOf(client, g, 2)).toEqual([g, 0, 1, 2, 1, 0]);
});
