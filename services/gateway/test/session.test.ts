import { makeNonce, toBase64Url } from "@guildhall/kernel";
import { CLIENT_FRAME, ERRORS, SERVER_FRAME } from "@guildhall/proto";
import { until } from "@guildhall/testkit";
import { codecFor } from "@guildhall/wire";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Bench, startBench } from "./bench.ts";
import { device, tokenFor } from "./client.ts";

let bench: Bench;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench[Symbol.asyncDispose]());

const ping = codecFor("msgpack").encodeClient({ t: CLIENT_FRAME.ping });

test("hello is answered with who one is, the limits and then ok", async () => {
  const client = await bench.connect();
  const dev = device();
  const exp = Date.now() + 60_000;

  const answer = await client.hello(7, dev, { tok: tokenFor(7, dev, { exp }) });

  expect(client.of("welcome")).toEqual([
    {
      t: SERVER_FRAME.welcome,
      i: 1,
      sid: expect.stringMatching(/^[\w-]{22}$/),
      u: 7,
      ts: expect.any(Number),
      hb: 25_000,
      exp,
      lim: { in: 16_384, out: 65_536, rate: 0, send: 0, act: 32 },
      cap: [],
    },
  ]);
  expect(answer).toEqual({ t: SERVER_FRAME.ok, i: 1, d: { full: 0, gap: 0 } });
  expect(await bench.presence.sessions([7])).toEqual([1]);
});

test("both encodings speak the same", async () => {
  const g = bench.group(1);
  const client = await bench.person(1, "json");

  const rows = await client.ok(CLIENT_FRAME.sub, { g: [g], mode: 1 });
  const n = makeNonce(Date.now());
  const answer = await client.answer(client.say(g, "grüße 🎈", n));
  await client.has(g, 2);

  expect(rows).toMatchObject([{ g, s: 1, rec: "full" }]);
  expect(answer).toMatchObject({ d: { s: 2, ep: 1, m: 1 } });
  expect(client.events(g)).toMatchObject([{ s: 2, k: "text", u: 1, b: { t: "grüße 🎈" } }]);
  expect(toBase64Url(client.events(g)[0]?.n ?? new Uint8Array())).toBe(toBase64Url(n));
});

test.each<[string, () => Partial<Record<string, unknown>>, number, number | undefined]>([
  ["a token that is none", () => ({ tok: "x" }), 4401, ERRORS.UNAUTHENTICATED.c],
  ["a token of another device", () => ({ tok: tokenFor(1, device()) }), 4401, ERRORS.UNAUTHENTICATED.c],
  ["another version", () => ({ v: 2 }), 4426, undefined],
])("%s is told why and closed", async (_, fields, code, error) => {
  const client = await bench.connect();

  void client.hello(1, device(), fields()).catch(() => undefined);
  const closed = await client.end();

  expect(closed.code).toBe(code);
  expect(client.of("bye")).toMatchObject([{ c: code }]);
  expect(client.of("err").map(({ c }) => c)).toEqual(error === undefined ? [] : [error]);
  expect(client.of("welcome")).toEqual([]);
});

test("whatever comes before hello closes with 4401", async () => {
  const client = await bench.connect();

  client.send({ t: CLIENT_FRAME.ping });

  expect((await client.end()).code).toBe(4401);
});

test("bytes that are no frame, before hello, close with 4401", async () => {
  const client = await bench.connect();

  client.raw(new Uint8Array([0xc1]));

  expect((await client.end()).code).toBe(4401);
  expect(client.of("err")).toMatchObject([{ c: ERRORS.BAD_FRAME.c }]);
});

test("who does not say hello within 5 s is closed", async () => {
  const client = await bench.connect();

  bench.clock.advance(4_000);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(client.closed).toBeUndefined();
  bench.clock.advance(1_000);

  expect((await client.end()).code).toBe(4401);
});

test("three frames that cannot be read: an error each, and 4400 after the third", async () => {
  const client = await bench.person(1);

  client.raw(new Uint8Array([0xc1]));
  client.raw(new TextEncoder().encode("{}"), false);
  await until(() => client.of("err").length === 2);
  expect(client.closed).toBeUndefined();
  client.raw(new Uint8Array(0));

  expect((await client.end()).code).toBe(4400);
  expect(client.of("err").map(({ c }) => c)).toEqual([100, 100, 100]);
  expect(bench.gateway.stats().violations).toBe(3);
  expect(await bench.registry.text()).toContain('guildhall_gateway_protocol_violations_total{reason="bad_frame"} 3');
});

test("what the socket library hangs up on is counted by reason where it says one", async () => {
  const [long, text, fine] = [await bench.person(1), await bench.person(2, "json"), await bench.person(3)];

  long.raw(new Uint8Array(32 * 1024 + 1));
  text.raw(new Uint8Array([0x22, 0xff, 0x22]), false);
  fine.socket.close(1000, "Received too big message");
  const ends = [await long.end(), await text.end(), await fine.end()];

  expect(ends.map(({ code }) => code)).toEqual([1006, 1006, 1000]);
  const counted = await bench.registry.text();
  expect(counted).toContain('guildhall_gateway_protocol_violations_total{reason="too_long"} 1');
  expect(counted).toContain('guildhall_gateway_protocol_violations_total{reason="not_utf8"} 1');
  expect(bench.gateway.stats().violations).toBe(2);
});

test("WebSocket pings are no sign of life: a message that never ends does not keep a connection", async () => {
  await using short = await startBench({ config: { heartbeatMs: 5_000 } });
  const client = await short.person(1);

  client.socket.send("{", { fin: false });
  short.clock.advance(14_000);
  client.socket.ping();
  await new Promise((resolve) => client.socket.once("pong", resolve));
  short.clock.advance(2_000);

  expect((await client.end()).code).toBe(4002);
});

test("a frame over 16 KiB is TOO_LARGE, and the connection stays", async () => {
  const client = await bench.person(1);

  client.raw(new Uint8Array(16 * 1024 + 1));
  await until(() => client.of("err").length === 1);

  expect(client.of("err")).toMatchObject([{ c: ERRORS.TOO_LARGE.c, r: false }]);
  client.raw(ping);
  await until(() => client.of("pong").length === 1);
});

test("an unknown type is answered and is no strike", async () => {
  const client = await bench.person(1, "json");

  for (let i = 1; i <= 4; i++) client.raw(JSON.stringify({ t: "dance", i: 100 + i }));
  await until(() => client.of("err").length === 4);

  expect(client.of("err")).toMatchObject([101, 102, 103, 104].map((i) => ({ i, c: ERRORS.UNKNOWN_METHOD.c })));
  expect(client.closed).toBeUndefined();
});

test("a second hello is refused, and so is what is not offered yet", async () => {
  const client = await bench.person(1);
  const g = bench.group(1);

  const second = await client.hello(1, device());
  client.send({ t: CLIENT_FRAME.read, g, l: 1, s: 1 });
  client.send({ t: CLIENT_FRAME.eph, g, k: "dancing" });
  await until(() => client.of("err").length === 3);

  expect(second).toMatchObject({ c: ERRORS.BAD_ARGS.c });
  expect(client.of("err").slice(1)).toMatchObject([{ c: ERRORS.UNSUPPORTED.c }, { c: ERRORS.UNSUPPORTED.c }]);
});

test("a newer connection of a device replaces the older one; other devices stay", async () => {
  const dev = device();
  const [older, other] = [await bench.connect(), await bench.person(1)];
  await older.hello(1, dev);

  const newer = await bench.connect();
  await newer.hello(1, dev);

  expect((await older.end()).code).toBe(4409);
  expect(older.of("bye")).toMatchObject([{ c: 4409 }]);
  expect([newer.closed, other.closed]).toEqual([undefined, undefined]);
  await until(async () => (await bench.presence.sessions([1]))[0] === 2);
});

test("an eleventh connection of a person is refused", async () => {
  const ten = await Promise.all(Array.from({ length: 10 }, () => bench.person(1)));

  const eleventh = await bench.connect();
  void eleventh.hello(1, device()).catch(() => undefined);

  expect((await eleventh.end()).code).toBe(4005);
  expect(ten.every(({ closed }) => closed === undefined)).toBe(true);
});

test("auth renews for the same person and device", async () => {
  const client = await bench.connect();
  const dev = device();
  await client.hello(1, dev);
  const exp = Date.now() + 3_600_000;

  const renewed = await client.ok(CLIENT_FRAME.auth, { tok: tokenFor(1, dev, { exp }) });

  expect(renewed).toEqual({ exp });
});

test("auth as somebody else closes with 4401", async () => {
  const client = await bench.connect();
  const dev = device();
  await client.hello(1, dev);

  client.request(CLIENT_FRAME.auth, { tok: tokenFor(2, dev) });

  expect((await client.end()).code).toBe(4401);
});

test("a token that has ended closes with 4100, 30 s later", async () => {
  const client = await bench.connect();
  const dev = device();
  await client.hello(1, dev, { tok: tokenFor(1, dev, { exp: Date.now() + 1_000 }) });

  bench.clock.advance(32_000);

  expect((await client.end()).code).toBe(4100);
});

test("who is silent for a heartbeat and 10 s is closed with 4002, and who pings is not", async () => {
  await using short = await startBench({ config: { heartbeatMs: 5_000 } });
  const [silent, awake] = [await short.person(1), await short.person(2)];

  short.clock.advance(14_000);
  awake.send({ t: CLIENT_FRAME.ping });
  await until(() => awake.of("pong").length === 1);
  short.clock.advance(2_000);

  expect((await silent.end()).code).toBe(4002);
  expect(awake.closed).toBeUndefined();
});

test("more than 64 requests in flight are refused, the 64 are answered", async () => {
  const g = bench.group(1);
  const client = await bench.person(1);
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  bench.facts.before = () => gate;

  const sent = Array.from({ length: 65 }, (_, i) => client.say(g, `${i}`));
  const last = await client.answer(sent[64] ?? 0);
  release();
  const answers = await Promise.all(sent.slice(0, 64).map((i) => client.answer(i)));

  expect(last).toMatchObject({ c: ERRORS.RATE_LIMITED.c, d: { scope: "conn" } });
  expect(answers.every(({ t }) => t === SERVER_FRAME.ok)).toBe(true);
});

test("a gateway that stops says go and closes with 4000", async () => {
  const client = await bench.person(1);

  await bench.gateway[Symbol.asyncDispose]();

  await client.end();
  expect(client.of("go")).toMatchObject([{ ra: 0, why: "drain" }]);
  expect(client.of("bye")).toMatchObject([{ c: 4000 }]);
  expect(client.closed?.code).toBe(4000);
});

test("ready once an owner is heard, and what has ended is forgotten", async () => {
  await using quiet = await startBench({ beat: false });
  expect(quiet.gateway.ready()).toBe(false);

  quiet.owner.beacon();
  await until(() => quiet.gateway.ready());
  const client = await quiet.person(1);
  expect(quiet.gateway.stats().connections).toBe(1);
  client.socket.terminate();

  await until(() => quiet.gateway.stats().connections === 0);
  await until(async () => (await quiet.presence.sessions([1]))[0] === 0);
});
