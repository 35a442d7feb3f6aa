import { nonceKey, nonceTimeMs } from "@guildhall/kernel";
import { CLIENT_FRAME, SERVER_FRAME } from "@guildhall/proto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Client, type ClientOptions, connect } from "./client.ts";
import {
  EPOCH,
  evFrame,
  FakeServer,
  greet,
  greetAndSubscribe,
  ME,
  subRow,
  textEvent,
  welcomeFrame,
} from "./fake-server.ts";
import type { GroupItem } from "./items.ts";
import { staticToken } from "./tokens.ts";

const G = 42;
const dev = new Uint8Array(16).fill(3);

let clients: Client[] = [];
afterEach(async () => {
  for (const client of clients) await client.close();
  clients = [];
  vi.useRealTimers();
});

function setUp(server: FakeServer, more: Partial<ClientOptions> = {}) {
  const client = connect({
    url: "ws://fake",
    tokens: staticToken("tok"),
    device: dev,
    app: "test",
    socket: server.socket,
    backoff: { random: () => 0 },
    ...more,
  });
  clients.push(client);
  const group = client.group(G);
  const items: GroupItem[] = [];
  group.listen((item) => items.push(item));
  return { client, group, items };
}

const committed = (s: number) => ({ s, ep: EPOCH, ts: 1, m: s });

describe.each(["msgpack", "json"] as const)("in %s", (encoding) => {
  test("greets with token and device, subscribes and tells events in order", async () => {
    const server = new FakeServer(greetAndSubscribe(10));
    const { client, group, items } = setUp(server, { encoding });

    const state = await group.subscribe();
    const connection = await server.connection(0);
    connection.send(evFrame(G, 11, 12));
    connection.send(evFrame(G, 13));

    expect(await connection.next("hello")).toMatchObject({ tok: "tok", dev, app: "test", v: 1 });
    expect(state).toMatchObject({ head: 10, me: { rank: 0 } });
    expect(items.map((item) => item.type === "event" && [item.event.s, item.via])).toEqual([
      [11, "live"],
      [12, "live"],
      [13, "live"],
    ]);
    expect(client.me).toBe(ME);
  });
});

test("a text is echoed at once and its event takes the echo's place", async () => {
  const server = new FakeServer(greetAndSubscribe(10));
  const { group, items } = setUp(server);
  await group.subscribe();
  const connection = await server.connection(0);

  const sent = group.send("hello");
  const before = group.pending.map((text) => text.body);
  const frame = await connection.next("send");
  connection.ok(frame.i, committed(11));
  await sent;
  connection.send({ t: SERVER_FRAME.ev, g: G, ep: EPOCH, a: 11, z: 11, e: [textEvent(11, { u: ME, n: frame.n })] });

  expect(before).toEqual([{ t: "hello" }]);
  expect(items).toMatchObject([
    { type: "echo", nonce: frame.n },
    { type: "event", event: { s: 11, n: frame.n } },
  ]);
  expect(group.pending).toEqual([]);
});

test.each([601, 600, 602])("error %d is answered by the same nonce with rt", async (c) => {
  const server = new FakeServer();
  const { group } = setUp(server);

  const sent = group.send("hello");
  const connection = await server.connection(0);
  const first = await connection.next("send");
  connection.send({ t: SERVER_FRAME.err, i: first.i, c, m: "", r: true, ra: 1 });
  const second = await connection.next("send");
  connection.ok(second.i, committed(1));

  expect(await sent).toMatchObject({ s: 1 });
  expect(first.rt).toBeUndefined();
  expect(second).toEqual({ ...first, i: second.i, rt: 1 });
});

test("a definite error rejects at once and is told as refused", async () => {
  const server = new FakeServer();
  const { group, items } = setUp(server);

  const sent = group.send(" ");
  const connection = await server.connection(0);
  const frame = await connection.next("send");
  connection.send({ t: SERVER_FRAME.err, i: frame.i, c: 101, m: "bad", r: false, d: { path: "/b/t" } });

  await expect(sent).rejects.toMatchObject({ code: "BAD_ARGS", c: 101, retry: false, d: { path: "/b/t" } });
  expect(items.map((item) => item.type)).toEqual(["echo", "refused"]);
});

test("texts of one group keep their order over a reconnect, each with its own nonce", async () => {
  const server = new FakeServer();
  const { group } = setUp(server);
  const sent = ["a", "b", "c"].map((text) => group.send(text));
  const lost = await (await server.connection(0)).next("send");
  (await server.connection(0)).close(1006);

  const connection = await server.connection(1);
  const arrived = [];
  for (let s = 1; s <= 3; s++) {
    const frame = await connection.next("send");
    arrived.push([frame.b, frame.rt, nonceKey(frame.n)]);
    connection.ok(frame.i, committed(s));
  }
  await Promise.all(sent);

  expect(arrived.map(([body, rt]) => [body, rt])).toEqual([
    [{ t: "a" }, 1],
    [{ t: "b" }, undefined],
    [{ t: "c" }, undefined],
  ]);
  expect(arrived[0]?.[2]).toBe(nonceKey(lost.n));
  expect(new Set(arrived.map(([, , key]) => key)).size).toBe(3);
});

test("at most 64 requests are in flight, the others follow in order", async () => {
  const server = new FakeServer();
  const { client } = setUp(server);
  const asked = Array.from({ length: 70 }, (_, at) => client.ask("group.get", { g: at + 1 }));
  const connection = await server.connection(0);
  const asks = [];
  for (let at = 0; at < 64; at++) asks.push(await connection.next("ask"));

  const before = connection.received.length;
  connection.ok(asks[0]?.i ?? 0, "first");
  const next = await connection.next("ask");
  asks.push(next);
  for (const ask of asks.slice(1)) connection.ok(ask.i, "");
  for (let at = 65; at < 70; at++) connection.ok((await connection.next("ask")).i, "");
  await Promise.all(asked);

  expect(before).toBe(65);
  expect(next.a).toEqual({ g: 65 });
});

test("after a drop it resumes with its cursor, and says what was missed", async () => {
  const server = new FakeServer(greetAndSubscribe(10));
  const { client, group, items } = setUp(server);
  await group.subscribe();
  (await server.connection(0)).send(evFrame(G, 11));
  server.script = (frame, connection) => {
    if (frame.t !== CLIENT_FRAME.hello) return false;
    connection.receive(frame);
    connection.send(welcomeFrame(frame.i));
    connection.send(evFrame(G, 12, 13));
    connection.ok(frame.i, { full: 1, gap: 0 });
    return true;
  };

  (await server.connection(0)).close(1006);
  const hello = await (await server.connection(1)).next("hello");
  await vi.waitFor(() => expect(items.at(-1)).toMatchObject({ state: "back", resumed: 2, fetched: 0 }));

  expect(hello).toMatchObject({ cur: [[G, 0, EPOCH, 11]], act: [G] });
  expect(items.map((item) => (item.type === "event" ? item.via : item.type))).toEqual([
    "live",
    "state",
    "resume",
    "resume",
    "state",
  ]);
  expect(client.stats.reconnects).toBe(1);
});

test("told to go, it dials first and closes after; nothing is called lost", async () => {
  const server = new FakeServer(greetAndSubscribe(10));
  const { group, items } = setUp(server);
  await group.subscribe();
  const old = await server.connection(0);

  old.send({ t: SERVER_FRAME.go, ra: 5, why: "drain" });
  const next = await server.connection(1);
  const hello = await next.next("hello");
  await vi.waitFor(() => expect(old.closedByClient).toBeDefined());
  next.send(evFrame(G, 11));

  expect(hello.cur).toEqual([[G, 0, EPOCH, 10]]);
  expect(items.map((item) => item.type)).toEqual(["event"]);
});

test("of several addresses each dialling takes the next: after a loss, and when told to go", async () => {
  const server = new FakeServer(greetAndSubscribe(10));
  const dialled: string[] = [];
  const { group } = setUp(server, {
    url: ["ws://one", "ws://two", "ws://three"],
    socket: (url, protocol, events) => {
      dialled.push(url);
      return server.socket(url, protocol, events);
    },
  });
  await group.subscribe();

  (await server.connection(0)).close(1006);
  await (await server.connection(1)).next("hello");
  (await server.connection(1)).send({ t: SERVER_FRAME.go, ra: 1, why: "drain" });
  await (await server.connection(2)).next("hello");
  (await server.connection(2)).close(4000);
  await server.connection(3);

  expect(dialled).toEqual(["ws://one", "ws://two", "ws://three", "ws://one"]);
  expect(() => setUp(server, { url: [] })).toThrow("no address");
});

test("replaced by a newer connection of the device it stops and says why", async () => {
  const server = new FakeServer(greetAndSubscribe(10));
  const { client, group, items } = setUp(server);
  await group.subscribe();
  const sent = group.send("x");
  await (await server.connection(0)).next("send");

  (await server.connection(0)).close(4409);

  await expect(sent).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });
  expect(client.state).toMatchObject({ phase: "stopped" });
  expect(items).toContainEqual(expect.objectContaining({ state: "stopped", why: expect.stringContaining("4409") }));
  expect(server.dialled).toBe(1);
});

test("an expired token is renewed before it dials again", async () => {
  const server = new FakeServer();
  const renew = vi.fn(async () => "new");
  const { client } = setUp(server, { tokens: { access: async () => "old", renew } });
  await client.ready();

  (await server.connection(0)).close(4100);

  expect((await (await server.connection(1)).next("hello")).tok).toBe("new");
  expect(renew).toHaveBeenCalledOnce();
});

test("a kicked person is told, and the group is not resumed", async () => {
  const server = new FakeServer(greetAndSubscribe(10));
  const { group, items } = setUp(server);
  await group.subscribe();
  const kick = textEvent(11, { k: "member.kick", b: { u: ME } });

  (await server.connection(0)).send({ t: SERVER_FRAME.ev, g: G, ep: EPOCH, a: 11, z: 11, e: [kick] });
  (await server.connection(0)).close(1006);

  expect(items.at(-1)).toMatchObject({ type: "state", state: "removed", why: "member.kick" });
  expect((await (await server.connection(1)).next("hello")).cur).toBeUndefined();
});

test("a removal right behind the answer to a subscription ends it", async () => {
  const kick = { ...textEvent(5), k: "member.kick", b: { u: ME } };
  const server = new FakeServer((frame, connection) => {
    if (frame.t !== CLIENT_FRAME.sub) return greet(frame, connection);
    connection.ok(frame.i, [subRow(G, 4)]);
    connection.send({ t: SERVER_FRAME.ev, g: G, ep: EPOCH, a: 5, z: 5, e: [kick] });
    return true;
  });
  const { group, items } = setUp(server);

  expect(await group.subscribe()).toMatchObject({ head: 4 });
  (await server.connection(0)).close(1006);

  expect(items.at(-1)).toMatchObject({ type: "state", state: "removed", why: "member.kick" });
  expect((await (await server.connection(1)).next("hello")).cur).toBeUndefined();
});

test("a refused subscription rejects with the row's error", async () => {
  const server = new FakeServer((frame, connection) => {
    if (frame.t !== CLIENT_FRAME.sub) return greet(frame, connection);
    connection.ok(frame.i, [{ g: G, c: 300, m: "no" }]);
    return true;
  });

  await expect(setUp(server).group.subscribe()).rejects.toMatchObject({ code: "NOT_MEMBER" });
});

test("a subscription that cannot be had just now is asked for again", async () => {
  const rows = [{ g: G, c: 600, m: "later" }, subRow(G, 4)];
  const server = new FakeServer((frame, connection) => {
    if (frame.t !== CLIENT_FRAME.sub) return greet(frame, connection);
    connection.ok(frame.i, [rows.shift()]);
    return true;
  });

  expect(await setUp(server).group.subscribe()).toMatchObject({ head: 4 });
});

test("of groups that were not resumed one is told as removed and the other subscribed to again", async () => {
  const server = new FakeServer(greetAndSubscribe(10));
  const { client, group, items } = setUp(server);
  await group.subscribe();
  await client.group(43).subscribe();
  server.script = (frame, connection) => {
    if (frame.t !== CLIENT_FRAME.hello) return false;
    connection.send(welcomeFrame(frame.i));
    connection.ok(frame.i, { full: 0, gap: 0, lost: [G], retry: [43] });
    return true;
  };

  (await server.connection(0)).close(1006);

  const sub = await (await server.connection(1)).next("sub");
  expect(sub).toMatchObject({ g: [43], cur: [[43, 0, EPOCH, 10]] });
  expect(items.at(-1)).toMatchObject({ type: "state", state: "removed" });
});

test("what is still under way of a membership that is over does not end the next one", async () => {
  const server = new FakeServer(greetAndSubscribe(20));
  const { group, items } = setUp(server);
  await group.subscribe();
  const connection = await server.connection(0);

  const leaving = group.leave();
  connection.ok((await connection.next("cmd")).i, committed(21));
  await leaving;
  await group.subscribe({ after: { ep: EPOCH, s: 22 } });
  const left = textEvent(21, { k: "member.leave", b: { u: ME } });
  connection.send({ t: SERVER_FRAME.ev, g: G, ep: EPOCH, a: 21, z: 21, e: [left] });
  connection.send(evFrame(G, 23));

  expect(items.map((item) => (item.type === "event" ? item.event.s : item.type))).toEqual(["state", 23]);
});

test("events that come before the answer to sub are kept", async () => {
  const server = new FakeServer();
  const { group, items } = setUp(server);
  const subscribing = group.subscribe();
  const connection = await server.connection(0);
  const sub = await connection.next("sub");

  connection.send(evFrame(G, 10, 12));
  connection.ok(sub.i, [subRow(G, 11)]);
  await subscribing;

  expect(items.map((item) => item.type === "event" && item.event.s)).toEqual([12]);
});

test("a nonce is made with the server's clock", async () => {
  const server = new FakeServer((frame, connection) => {
    if (frame.t !== CLIENT_FRAME.hello) return false;
    connection.send({ ...welcomeFrame(frame.i), ts: 5_000_000_000_000 } as never);
    connection.ok(frame.i, {});
    return true;
  });
  const { client, group } = setUp(server);
  await client.ready();

  void group.send("x").catch(() => {});

  const frame = await (await server.connection(0)).next("send");
  expect(nonceTimeMs(frame.n) - 5_000_000_000_000).toBeLessThan(60_000);
  expect(nonceTimeMs(frame.n)).toBeGreaterThanOrEqual(5_000_000_000_000);
});

test("an iterator gets what comes from its making on, and ends when the client closes", async () => {
  const server = new FakeServer(greetAndSubscribe(10));
  const { client, group } = setUp(server);
  await group.subscribe();
  const events = group.events();
  (await server.connection(0)).send(evFrame(G, 11, 12));

  await client.close();

  const seen = [];
  for await (const item of events) seen.push(item.type);
  expect(seen).toEqual(["event", "event", "state"]);
});

test("a reader that is 10,000 items behind is ended with an error, not left with a hole", async () => {
  const server = new FakeServer(greetAndSubscribe(0));
  const { group } = setUp(server);
  await group.subscribe();
  const events = group.events();
  const connection = await server.connection(0);

  for (let a = 1; a <= 10_001; a += 73) connection.send(evFrame(G, a, a + 72));

  let last = 0;
  const read = async () => {
    for await (const item of events) if (item.type === "event") last = item.event.s;
  };
  await expect(read()).rejects.toMatchObject({ code: "QUOTA" });
  expect(last).toBe(10_000);
});

describe("with time in hand", () => {
  beforeEach(() => void vi.useFakeTimers());

  test("waits double from half a second to a minute, and from five seconds after an overload", async () => {
    const server = new FakeServer();
    server.refusing = true;
    const waits = vi.spyOn(globalThis, "setTimeout");
    setUp(server, { backoff: { random: () => 0.999_999 } });
    const waited = () => waits.mock.calls.map(([, ms]) => ms).filter((ms) => ms !== 10_000);

    for (let at = 0; at < 9; at++) await vi.advanceTimersByTimeAsync(60_000);
    const normal = waited().slice(0, 9);
    server.refusing = false;
    await vi.advanceTimersByTimeAsync(60_000);
    await vi.advanceTimersByTimeAsync(10_000);
    waits.mockClear();
    (await server.connection(0)).close(4004);

    expect(normal.map((ms) => Math.round(ms ?? 0))).toEqual([
      500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000,
    ]);
    expect(waited()).toEqual([5_000]);
  });

  test("a silent server is pinged after the beat and left after ten more seconds", async () => {
    const server = new FakeServer((frame, connection) => frame.t === CLIENT_FRAME.hello && greet(frame, connection));
    setUp(server, { backoff: { random: () => 0.5 } });
    const connection = await server.connection(0);
    await connection.next("hello");

    await vi.advanceTimersByTimeAsync(22_499);
    const early = connection.received.length;
    await vi.advanceTimersByTimeAsync(1);
    const pings = connection.received.length - early;
    await vi.advanceTimersByTimeAsync(10_000);

    expect(pings).toBe(1);
    expect(connection.closedByClient).toMatchObject({ reason: "silent" });
    await vi.advanceTimersByTimeAsync(500);
    expect(server.dialled).toBe(2);
  });

  test("an answer that does not come is asked for again with the same nonce, until the deadline", async () => {
    const server = new FakeServer();
    const { group } = setUp(server, { commandTimeoutMs: 40_000 });
    const sent = group.send("x");
    const failed = expect(sent).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });
    const first = await (await server.connection(0)).next("send");

    await vi.advanceTimersByTimeAsync(15_001);
    const second = await (await server.connection(1)).next("send");
    await vi.advanceTimersByTimeAsync(26_000);

    await failed;
    expect(second).toMatchObject({ n: first.n, rt: 1 });
  });

  test("a command that was never sent is given up as not done", async () => {
    const server = new FakeServer();
    server.refusing = true;
    const { group } = setUp(server, { commandTimeoutMs: 3_000, backoff: { random: () => 0.5 } });

    const failed = expect(group.send("x")).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await vi.advanceTimersByTimeAsync(4_000);

    await failed;
  });

  test("the token is renewed in the connection before it ends", async () => {
    const server = new FakeServer((frame, connection) => {
      if (frame.t !== CLIENT_FRAME.hello) return false;
      connection.send(welcomeFrame(frame.i, { exp: Date.now() + 600_000 }));
      connection.ok(frame.i, {});
      return true;
    });
    setUp(server, { tokens: { access: async () => "old", renew: async () => "new" } });
    const connection = await server.connection(0);
    for (let at = 0; at < 55; at++) {
      await vi.advanceTimersByTimeAsync(10_000);
      connection.send({ t: SERVER_FRAME.pong, ts: 1 });
    }

    const auth = await connection.next("auth");

    expect(auth.tok).toBe("new");
    expect(server.dialled).toBe(1);
  });
});
