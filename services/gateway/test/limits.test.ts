import { connect } from "node:net";
import { CLIENT_FRAME, ERRORS, type ErrFrame, SERVER_FRAME } from "@guildhall/proto";
import { until } from "@guildhall/testkit";
import { expect, onTestFinished, test } from "vitest";
import { type Bench, startBench } from "./bench.ts";
import type { Client } from "./client.ts";
import { device } from "./client.ts";

/** A gateway with the limits of `settings` and no others. */
async function limited(settings: Readonly<Record<string, string>>): Promise<Bench> {
  const bench = await startBench({ settings });
  onTestFinished(() => bench[Symbol.asyncDispose]());
  return bench;
}

function refusals(client: Client): ErrFrame[] {
  return client.of("err").filter(({ c }) => c === ERRORS.RATE_LIMITED.c);
}

/** The head of the answer to a handshake on a socket of its own. */
function handshake(port: number, ...more: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const head = [
      "GET /ws HTTP/1.1",
      "Host: a",
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Protocol: guildhall.json.v1",
      ...more,
    ];
    const socket = connect(port, "127.0.0.1", () => socket.write(`${head.join("\r\n")}\r\n\r\n`));
    onTestFinished(() => void socket.destroy());
    socket.setTimeout(5_000, () => reject(new Error("no answer")));
    socket.once("data", (data) => resolve(data.toString("latin1")));
    socket.once("error", reject);
  });
}

test("a frame too many is refused with the time to wait, and taken after it", async () => {
  const bench = await limited({ GATEWAY_FRAMES_PER_10_S: "5", GATEWAY_FRAMES_BURST: "5" });
  const client = await bench.person(1);

  const asked = [1, 2, 3, 4].map(() => client.ask(CLIENT_FRAME.ask, { m: "people.get", a: { u: [] } }));
  await Promise.all(asked);
  const over = client.request(CLIENT_FRAME.ask, { m: "people.get", a: { u: [] } });
  const refused = (await client.answer(over)) as ErrFrame;
  bench.clock.advance(refused.ra ?? 0);
  const after = client.request(CLIENT_FRAME.ask, { m: "people.get", a: { u: [] } });
  await client.answer(after);

  expect(refusals(client)).toHaveLength(1);
  expect(refused).toMatchObject({ c: ERRORS.RATE_LIMITED.c, r: true, d: { scope: "conn" } });
  expect(refused.ra).toBeGreaterThan(0);
  expect(refused.ra).toBeLessThanOrEqual(2_000);
  expect(client.of("welcome")[0]?.lim).toMatchObject({ rate: 5, send: 0 });
});

test("ten refused frames within a minute end the connection with 4005", async () => {
  const bench = await limited({
    GATEWAY_FRAMES_PER_10_S: "2",
    GATEWAY_FRAMES_BURST: "2",
    GATEWAY_FRAMES_REFUSED_PER_MINUTE: "10",
  });
  const client = await bench.person(1);

  for (let sent = 0; sent < 30; sent++) client.send({ t: CLIENT_FRAME.ping });
  const end = await client.end();

  expect(end.code).toBe(4005);
  expect(client.of("pong")).toHaveLength(1);
  expect(refusals(client)).toHaveLength(10);
  expect(client.of("bye")).toMatchObject([{ t: SERVER_FRAME.bye, c: 4005 }]);
});

test.each(["ping", "pong"] as const)(
  "a WebSocket %s counts as a frame, and a flood of them ends with 4005",
  async (kind) => {
    const bench = await limited({
      GATEWAY_FRAMES_PER_10_S: "5",
      GATEWAY_FRAMES_BURST: "5",
      GATEWAY_FRAMES_REFUSED_PER_MINUTE: "10",
    });
    const [client, silent] = [await bench.person(1), await bench.connect()];

    for (let sent = 0; sent < 30; sent++) {
      client.socket[kind]();
      silent.socket[kind]();
    }

    expect([(await client.end()).code, (await silent.end()).code]).toEqual([4005, 4005]);
    expect(client.of("bye")).toMatchObject([{ c: 4005 }]);
  },
);

test("sends are counted over all connections of a person", async () => {
  const bench = await limited({ GATEWAY_SENDS_PER_10_S: "10" });
  const g = bench.group(1, 2);
  const clients = [await bench.person(1), await bench.person(1)];

  const answers = await Promise.all(
    clients.flatMap((client) => Array.from({ length: 8 }, (_, at) => client.answer(client.say(g, `text ${at}`)))),
  );
  const other = await bench.person(2);
  const mine = await other.answer(other.say(g, "mine"));

  expect(answers.filter(({ t }) => t === SERVER_FRAME.ok)).toHaveLength(10);
  expect(clients.flatMap(refusals).map(({ d }) => d)).toEqual(Array(6).fill({ scope: "user" }));
  expect(mine.t).toBe(SERVER_FRAME.ok);
  expect(await bench.registry.text()).toContain('guildhall_gateway_rate_limited_total{scope="user"} 6');
});

test("connections that have not said hello are bounded for an address, before the upgrade", async () => {
  const bench = await limited({ GATEWAY_SILENT_PER_ADDRESS: "3" });
  const silent = [await bench.connect(), await bench.connect(), await bench.connect()];

  const full = await handshake(bench.gateway.port);
  await silent[0]?.hello(1, device());
  const after = await handshake(bench.gateway.port);

  expect(full).toMatch(/^HTTP\/1\.1 503 /);
  expect(full).toMatch(/\r\nRetry-After: 1\r\n/i);
  expect(after).toMatch(/^HTTP\/1\.1 101 /);
});

test("whoever leaves without a hello makes room", async () => {
  const bench = await limited({ GATEWAY_SILENT_MAX: "1" });
  const silent = await bench.connect();

  silent.socket.close();
  await until(() => bench.gateway.stats().connections === 0);

  expect(await handshake(bench.gateway.port)).toMatch(/ 101 /);
  expect(await handshake(bench.gateway.port)).toMatch(/ 503 /);
});

test("at the bound of silent connections an address that has fewer gets in, and the oldest of the greedy one goes", async () => {
  const bench = await limited({ GATEWAY_SILENT_MAX: "2", GATEWAY_TRUST_PROXY: "127.0.0.0/8" });
  const silent = [await bench.connect(), await bench.connect()];
  const from = (address: string) => handshake(bench.gateway.port, `X-Forwarded-For: ${address}`);

  const other = await from("192.0.2.1");
  const end = await silent[0]?.end();
  const again = await from("192.0.2.1");
  const third = await from("192.0.2.2");

  expect(other).toMatch(/^HTTP\/1\.1 101 /);
  expect(end?.code).toBe(4004);
  expect(again).toMatch(/^HTTP\/1\.1 503 /);
  expect(third).toMatch(/^HTTP\/1\.1 101 /);
  expect(bench.gateway.stats().connections).toBe(2);
});

test("handshakes of an address are bounded", async () => {
  const bench = await limited({ GATEWAY_HANDSHAKES_PER_S: "1", GATEWAY_HANDSHAKES_BURST: "3" });

  const heads: string[] = [];
  for (let tried = 0; tried < 4; tried++) heads.push(await handshake(bench.gateway.port));
  bench.clock.advance(1_000);
  heads.push(await handshake(bench.gateway.port));

  expect(heads.map((head) => head.split(" ")[1])).toEqual(["101", "101", "101", "503", "101"]);
  const text = await bench.registry.text();
  expect(text).toContain('guildhall_gateway_rate_limited_total{scope="address"} 1');
  expect(text).toContain('guildhall_gateway_handshakes_total{result="limit"} 1');
});

test("handshakes of a gateway are bounded over all addresses", async () => {
  const bench = await limited({
    GATEWAY_NODE_HANDSHAKES_PER_S: "2",
    GATEWAY_NODE_HANDSHAKES_BURST: "2",
    GATEWAY_TRUST_PROXY: "127.0.0.0/8",
  });

  const heads: string[] = [];
  for (const from of [1, 2, 3]) heads.push(await handshake(bench.gateway.port, `X-Forwarded-For: 192.0.2.${from}`));
  bench.clock.advance(1_000);
  heads.push(await handshake(bench.gateway.port, "X-Forwarded-For: 192.0.2.4"));

  expect(heads.map((head) => head.split(" ")[1])).toEqual(["101", "101", "503", "101"]);
  expect(heads[2]).toMatch(/\r\nRetry-After: 1\r\n/i);
  expect(await bench.registry.text()).toContain('guildhall_gateway_rate_limited_total{scope="node"} 1');
});

test("X-Forwarded-For is ignored unless the other end is a trusted proxy", async () => {
  const once = { GATEWAY_HANDSHAKES_PER_S: "1", GATEWAY_HANDSHAKES_BURST: "1" };
  const open = await limited(once);
  const behind = await limited({ ...once, GATEWAY_TRUST_PROXY: "127.0.0.0/8" });
  const statuses = async ({ gateway }: Bench) => {
    const heads: string[] = [];
    for (const from of ["192.0.2.1", "192.0.2.2", "198.51.100.1, 192.0.2.1"]) {
      heads.push(await handshake(gateway.port, `X-Forwarded-For: ${from}`));
    }
    return heads.map((head) => head.split(" ")[1]);
  };

  expect(await statuses(open)).toEqual(["101", "503", "503"]);
  // The third claims another address in front of the one that the proxy has seen.
  expect(await statuses(behind)).toEqual(["101", "101", "503"]);
});
