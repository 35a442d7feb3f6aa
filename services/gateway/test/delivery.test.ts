import { CLIENT_FRAME, ERRORS, type SubResult } from "@guildhall/proto";
import { until } from "@guildhall/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Bench, startBench } from "./bench.ts";
import { type Client, device } from "./client.ts";

let bench: Bench;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench[Symbol.asyncDispose]());

async function sub(client: Client, g: number, cur?: readonly [number, number]): Promise<SubResult> {
  const cursors = cur === undefined ? {} : { cur: [[g, 0, ...cur] as [number, number, number, number]] };
  return client.ok<SubResult>(CLIENT_FRAME.sub, { g: [g], mode: 1, ...cursors });
}

/** A client that is subscribed to the group. */
async function listener(u: number, g: number, encoding: "msgpack" | "json" = "msgpack"): Promise<Client> {
  const client = await bench.person(u, encoding);
  await sub(client, g);
  return client;
}

const range = (a: number, z: number) => Array.from({ length: z - a + 1 }, (_, i) => a + i);

test("everybody who listens gets every event once, in order, in either encoding and on every device", async () => {
  const g = bench.group(1, 2);
  const clients = await Promise.all([listener(1, g), listener(1, g, "json"), listener(2, g, "json"), listener(2, g)]);

  for (let i = 0; i < 300; i++) {
    bench.owner.text(g, `message ${i}`);
    if (i % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 3));
  }
  await Promise.all(clients.map((client) => client.has(g, 301)));

  for (const client of clients) expect(client.seqs(g)).toEqual(range(2, 301));
  for (const client of clients) expect(client.events(g)).toEqual(bench.owner.events(g).slice(1));
  // Under load events share frames.
  expect(clients[0]?.of("ev").length).toBeLessThan(300);
});

test("a row of sub says where the lane is and what one may there", async () => {
  const g = bench.group(1);
  bench.owner.text(g, "a");
  const client = await bench.person(1);

  const rows = await sub(client, g);

  const me = { p: [0b1111, 0], rank: expect.any(Number) };
  expect(rows).toEqual([{ g, l: 0, ep: 1, s: 2, m: 1, pv: 0, me, rec: "full" }]);
});

test("a muted member sees until when; a stranger sees the same as of a group that is not", async () => {
  const g = bench.group(1);
  const until = Date.now() + 60_000;
  bench.facts.member(g, 1, { roles: [], mute: until }, 0);
  const [member, stranger] = await Promise.all([bench.person(1), bench.person(2)]);

  const rows = await sub(member, g);
  const none = await stranger.ok<SubResult>(CLIENT_FRAME.sub, { g: [g, g + 1], mode: 1 });

  expect(rows).toMatchObject([{ me: { mute: until } }]);
  const text = { c: ERRORS.NOT_FOUND.c, m: ERRORS.NOT_FOUND.text };
  expect(none).toEqual([
    { g, ...text },
    { g: g + 1, ...text },
  ]);
});

test("at most 32 groups at once; those that are left make room", async () => {
  const groups = Array.from({ length: 33 }, () => bench.group(1));
  const client = await bench.person(1);

  const rows = await client.ok<SubResult>(CLIENT_FRAME.sub, { g: groups, mode: 1 });
  client.send({ t: CLIENT_FRAME.unsub, g: [groups[0] ?? 0] });
  const more = await sub(client, groups[32] ?? 0);

  expect(rows.slice(0, 32).every((row) => "rec" in row)).toBe(true);
  expect(rows[32]).toMatchObject({ c: ERRORS.QUOTA.c });
  expect(more).toMatchObject([{ rec: "full" }]);
});

test("after unsub nothing more comes", async () => {
  const g = bench.group(1);
  const [leaving, staying] = [await listener(1, g), await listener(1, g)];

  leaving.send({ t: CLIENT_FRAME.unsub, g: [g] });
  leaving.send({ t: CLIENT_FRAME.ping });
  await until(() => leaving.of("pong").length === 1);
  bench.owner.text(g, "a");
  await staying.has(g, 2);

  expect(leaving.seqs(g)).toEqual([]);
});

test("a resume from a cursor is replayed before ok, whatever the ring has of it", async () => {
  const g = bench.group(1);
  for (let i = 0; i < 400; i++) bench.owner.text(g, `m${i}`);
  await bench.owner.save(g, 1, 401);
  bench.owner.keep = 50;
  const client = await bench.connect();

  const answer = await client.hello(1, device(), { cur: [[g, 0, 1, 7]], act: [g] });
  bench.owner.text(g, "live");
  await client.has(g, 402);

  expect(answer).toMatchObject({ d: { full: 1, gap: 0 } });
  expect(client.seqs(g)).toEqual(range(8, 402));
  expect(client.events(g).slice(0, 394)).toEqual(bench.owner.events(g).slice(7, 401));
  const names = client.frames.map(({ t }) => t);
  expect(names.lastIndexOf(65)).toBeGreaterThan(names.indexOf(67));
  expect(names[0]).toBe(64);
});

test("a cursor at the head needs nothing", async () => {
  const g = bench.group(1);
  const client = await bench.connect();

  const answer = await client.hello(1, device(), { cur: [[g, 0, 1, 1]] });

  expect(answer).toMatchObject({ d: { full: 1, gap: 0 } });
  expect(client.of("ev")).toEqual([]);
});

test.each<[string, [number, number], string]>([
  ["another epoch", [2, 1], "epoch"],
  ["the future", [1, 99], "future"],
])("a cursor of %s is answered with a gap", async (_, cur, why) => {
  const g = bench.group(1);
  const client = await bench.person(1);

  const rows = await sub(client, g, cur);
  bench.owner.text(g, "live");
  await client.has(g, 2);

  expect(client.of("gap")).toMatchObject([{ g, ep: 1, have: cur[1], s: 1, why }]);
  expect(rows).toMatchObject([{ s: 1, rec: "gap" }]);
  expect(client.seqs(g)).toEqual([2]);
});

test("a replay of more than 2,000 events is a gap, and the budget is the connection's", async () => {
  const [g, h] = [bench.group(1), bench.group(1)];
  for (let i = 0; i < 1_500; i++) {
    bench.owner.text(g, "x", false);
    bench.owner.text(h, "x", false);
  }
  bench.owner.keep = 2_000;
  const client = await bench.connect();

  const answer = await client.hello(1, device(), {
    cur: [
      [g, 0, 1, 1],
      [h, 0, 1, 1],
    ],
  });

  expect(answer).toMatchObject({ d: { full: 1, gap: 1 } });
  expect(client.of("gap")).toMatchObject([{ have: 1, s: 1_501, why: "too_far" }]);
  expect(client.seqs(g).length + client.seqs(h).length).toBe(1_500);
});

test("a store that does not answer turns a replay into a gap, and the client is live", async () => {
  const g = bench.group(1);
  for (let i = 0; i < 20; i++) bench.owner.text(g, "x");
  bench.owner.stored = 1_000_000;
  bench.owner.keep = 5;
  const client = await bench.person(1);

  const rows = await sub(client, g, [1, 3]);
  bench.owner.text(g, "live");
  await client.has(g, 22);

  expect(rows).toMatchObject([{ rec: "gap" }]);
  expect(client.of("gap")).toMatchObject([{ have: 3, s: 21, why: "too_far" }]);
  expect(client.seqs(g)).toEqual([22]);
});

test("without the right to read history a replay is a gap", async () => {
  const g = bench.group(1);
  bench.owner.text(g, "x");
  bench.facts.group(g, [1], { lo: 0b0001 });
  const client = await bench.person(1);

  const rows = await sub(client, g, [1, 1]);

  expect(rows).toMatchObject([{ rec: "gap" }]);
  expect(client.events(g)).toEqual([]);
});

test("groups that may not be seen any more are told in the answer to hello, and those to try again", async () => {
  const [g, h] = [bench.group(2), bench.group(1)];
  bench.owner.openRefused = { code: "UNAVAILABLE" };
  const client = await bench.connect();

  const answer = await client.hello(1, device(), {
    cur: [
      [g, 0, 1, 1],
      [h, 0, 1, 1],
    ],
  });

  expect(answer).toMatchObject({ d: { full: 0, gap: 0, lost: [g], retry: [h] } });
});

test("removal is a hard cut: the removed get it last, on every device; the others go on", async () => {
  const g = bench.group(1, 2);
  const [one, other, stays] = [await listener(2, g), await listener(2, g, "json"), await listener(1, g)];

  bench.owner.text(g, "before", false);
  bench.owner.say(g, { u: 9, k: "member.kick", b: { u: 2 } }, false);
  bench.owner.text(g, "after", false);
  bench.owner.publish(g, 2, 4);
  for (let i = 0; i < 20; i++) bench.owner.text(g, "later");
  await stays.has(g, 24);

  expect(stays.seqs(g)).toEqual(range(2, 24));
  expect(one.seqs(g)).toEqual([2, 3]);
  expect(other.seqs(g)).toEqual([2, 3]);
});

test("a removed person who subscribes or reads at once is refused, even if the answer is an old one", async () => {
  const g = bench.group(1, 2);
  const [gone, stays] = [await listener(2, g), await listener(1, g)];

  bench.owner.say(g, { u: 9, k: "member.kick", b: { u: 2 } });
  await gone.has(g, 2);
  const stale = await gone.ok<SubResult>(CLIENT_FRAME.sub, { g: [g], mode: 1 });
  bench.facts.member(g, 2, null, 2);
  const rows = await gone.ok<SubResult>(CLIENT_FRAME.sub, { g: [g], mode: 1 });
  const page = await gone.ask(CLIENT_FRAME.get, { g, before: 10, lim: 10 });
  bench.owner.text(g, "after");
  await stays.has(g, 3);

  expect(stale).toMatchObject([{ c: ERRORS.PERM_STALE.c }]);
  expect(rows).toMatchObject([{ c: ERRORS.NOT_FOUND.c }]);
  expect(page).toMatchObject({ c: ERRORS.NOT_MEMBER.c });
  expect(gone.seqs(g)).toEqual([2]);
});

test("who is removed while subscribing gets nothing beyond the removal", async () => {
  const g = bench.group(1, 2);
  const stays = await listener(1, g);
  const client = await bench.person(2);
  let answered = 0;
  bench.facts.before = async ({ u }) => {
    if (u !== 2 || answered++ > 1) return;
    bench.owner.say(g, { u: 9, k: "member.kick", b: { u: 2 } });
    await stays.has(g, answered + 1);
    if (answered === 2) bench.facts.member(g, 2, null, 3);
  };

  const rows = await sub(client, g, [1, 1]);
  bench.owner.text(g, "after");
  await stays.has(g, 4);

  expect(rows).toMatchObject([{ c: ERRORS.NOT_FOUND.c }]);
  expect(client.seqs(g)).toEqual([]);
});

test("who joins is subscribed only where the lane has got to the join", async () => {
  const g = bench.group(1, 2);
  const stays = await listener(1, g);
  bench.owner.say(g, { u: 9, k: "member.kick", b: { u: 2 } });
  await stays.has(g, 2);
  bench.facts.member(g, 2, null, 2);
  // Back again, and the news of it is lost: permissions know of it before the lane does.
  bench.owner.say(g, { u: 2, k: "member.join", b: { u: 2, nick: "" } }, false);
  bench.facts.member(g, 2, { roles: [], mute: 0 }, 3);
  const client = await bench.person(2);

  const rows = await sub(client, g);
  bench.owner.text(g, "hello");
  await client.has(g, 4);

  expect(rows).toMatchObject([{ s: 3, pv: 3, rec: "full" }]);
  expect(client.seqs(g)).toEqual([4]);
});

test("who subscribes while events gather gets each of them once, and so do the others", async () => {
  await using slow = await startBench({ config: { gatherMaxMs: 100 } });
  const g = slow.group(1);
  const [first, second] = [await slow.person(1), await slow.person(1)];
  await sub(first, g);
  slow.owner.text(g, "a");
  await first.has(g, 2);

  for (let i = 0; i < 10; i++) slow.owner.text(g, `${i}`);
  await until(() => slow.gateway.stats().received === 11);
  await sub(second, g, [1, 1]);
  slow.owner.text(g, "z");
  await Promise.all([first.has(g, 13), second.has(g, 13)]);

  expect(first.seqs(g)).toEqual(range(2, 13));
  expect(second.seqs(g)).toEqual(range(2, 13));
});

/** Messages of 12,000 characters that come to more than PROBE_AFTER_BYTES, and to less than a kernel takes. */
const MUCH = 10;

test("a reader that takes nothing is found out while the kernel still takes everything for it", async () => {
  const g = bench.group(1, 2);
  const [stopped, quick] = [await listener(2, g), await listener(1, g)];
  stopped.socket.pause();
  // Little enough for the kernel to take it, and enough for both to be asked.
  for (let i = 0; i < MUCH; i++) bench.owner.text(g, "x".repeat(12_000));
  await quick.has(g, 1 + MUCH);

  // Both are asked, one answers; both are alive as far as what they send goes.
  await until(() => {
    bench.clock.advance(500);
    for (const one of [stopped, quick]) one.send({ t: CLIENT_FRAME.ping });
    return bench.gateway.stats().slow === 1;
  }, 20_000);
  stopped.socket.resume();
  const closed = await stopped.end();

  expect(closed.code).toBe(4001);
  expect(stopped.seqs(g)).toEqual(range(2, 1 + MUCH));
  expect(quick.closed).toBeUndefined();
});

test("a slow reader is closed with 4001 and the others do not wait", async () => {
  const g = bench.group(1, 2);
  const [slow, quick] = [await listener(2, g), await listener(1, g)];
  slow.socket.pause();

  for (let i = 0; i < 700; i++) {
    bench.owner.text(g, "x".repeat(12_000));
    if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await quick.has(g, 701);
  await until(() => bench.gateway.stats().slow === 1);
  slow.socket.resume();
  const closed = await slow.end();

  expect(closed.code).toBe(4001);
  expect(quick.seqs(g)).toEqual(range(2, 701));
  // What it did get has no hole.
  expect(slow.seqs(g)).toEqual(range(2, slow.seqs(g).length + 1));
  expect(bench.gateway.stats().droppedFrames).toBe(0);
}, 30_000);
