import { CLIENT_FRAME, ERRORS, SERVER_FRAME } from "@guildhall/proto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Client, type ClientOptions, connect } from "./client.ts";
import { EPOCH, FakeServer, welcomeFrame } from "./fake-server.ts";
import { staticToken } from "./tokens.ts";

const { c } = ERRORS.RATE_LIMITED;

let client: Client;
beforeEach(() => void vi.useFakeTimers());
afterEach(async () => {
  await client.close();
  vi.useRealTimers();
});

/** A client of a server that takes `rate` frames in 10 s. */
async function setUp(rate: number, more: Partial<ClientOptions> = {}) {
  const server = new FakeServer((frame, connection) => {
    if (frame.t !== CLIENT_FRAME.hello) return false;
    connection.send(welcomeFrame(frame.i, { rate }));
    connection.ok(frame.i, {});
    return true;
  });
  const { socket } = server;
  const tokens = staticToken("tok");
  client = connect({ url: "ws://fake", tokens, app: "test", socket, backoff: { random: () => 0 }, ...more });
  const connection = await server.connection(0);
  await client.ready();
  return connection;
}

test("a refusal for a rate is waited out, and the same command sent again", async () => {
  const connection = await setUp(0);
  const sent = client.group(1).send("hello");
  const first = await connection.next("send");

  connection.send({ t: SERVER_FRAME.err, i: first.i, c, m: "", r: true, ra: 2_000, d: { scope: "group" } });
  await vi.advanceTimersByTimeAsync(1_999);
  const early = connection.received.length;
  await vi.advanceTimersByTimeAsync(1);
  const second = await connection.next("send");
  connection.ok(second.i, { s: 1, ep: EPOCH, ts: 1, m: 1 });

  expect(early).toBe(1);
  expect(second).toEqual({ ...first, i: second.i });
  expect(await sent).toMatchObject({ s: 1 });
});

test("a refusal of the connection holds everything back", async () => {
  const connection = await setUp(0);
  const asking = client.ask("people.get", { u: [1] });
  const first = await connection.next("ask");

  connection.send({ t: SERVER_FRAME.err, i: first.i, c, m: "", r: true, ra: 2_000, d: { scope: "conn" } });
  void client.ask("people.get", { u: [2] }).catch(() => undefined);
  await vi.advanceTimersByTimeAsync(1_999);
  const early = connection.received.length;
  await vi.advanceTimersByTimeAsync(1);
  const next = await connection.next("ask");
  connection.ok(next.i, { people: [] });

  expect(early).toBe(1);
  expect(await asking).toEqual({ people: [] });
});

test("a command whose turn comes after its deadline is refused, not of unknown outcome", async () => {
  const connection = await setUp(0, { commandTimeoutMs: 1_000 });
  const failed = expect(client.group(1).send("x")).rejects.toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 5_000 });
  const frame = await connection.next("send");

  connection.send({ t: SERVER_FRAME.err, i: frame.i, c, m: "", r: true, ra: 5_000, d: { scope: "user" } });

  await failed;
});

test("requests keep below the rate that welcome tells", async () => {
  const connection = await setUp(60);
  const asking = Array.from({ length: 64 }, (_, u) => client.ask("people.get", { u: [u] }));

  await vi.advanceTimersByTimeAsync(0);
  const atOnce = connection.received.length;
  await vi.advanceTimersByTimeAsync(1_000);
  const afterOne = connection.received.length;
  await vi.advanceTimersByTimeAsync(2_000);
  for (const frame of connection.received) if ("i" in frame) connection.ok(frame.i, { people: [] });
  await Promise.all(asking);

  expect(atOnce).toBeLessThanOrEqual(60);
  expect(atOnce).toBeGreaterThan(50);
  expect(afterOne - atOnce).toBeLessThanOrEqual(6);
  expect(connection.received).toHaveLength(64);
});
