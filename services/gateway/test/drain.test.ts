import { connect } from "node:net";
import { SERVER_FRAME } from "@guildhall/proto";
import { until } from "@guildhall/testkit";
import { expect, onTestFinished, test } from "vitest";
import { type Bench, startBench } from "./bench.ts";

async function benchWith(settings: Readonly<Record<string, string>>): Promise<Bench> {
  const bench = await startBench({ settings });
  onTestFinished(() => bench[Symbol.asyncDispose]());
  return bench;
}

/** The first line that a handshake is answered with. */
function handshake(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("GET /ws HTTP/1.1\r\nHost: a\r\n\r\n"));
    onTestFinished(() => void socket.destroy());
    socket.once("data", (data) => resolve(data.toString("latin1").split("\r\n")[0] ?? ""));
    socket.once("error", reject);
  });
}

test("a drain tells every client a moment of its own, serves those that stay, and closes them with 4000", async () => {
  const bench = await benchWith({ GATEWAY_DRAIN_MS: "2000", GATEWAY_EXCLUSIVE_PORT: "1" });
  const g = bench.group(1, 2, 3, 4, 5, 6);
  const clients = await Promise.all([1, 2, 3, 4, 5, 6].map((u) => bench.person(u)));
  const silent = await bench.connect();
  const startedMs = performance.now();

  const drained = bench.gateway.drain();
  const ready = bench.gateway.ready();
  const [stays] = clients;
  await until(() => clients.every((client) => client.of("go").length === 1));
  const answer = await stays?.answer(stays.say(g, "still here"));
  const refused = await handshake(bench.gateway.port);
  await drained;

  const moments = clients.map((client) => client.of("go")[0]?.ra ?? -1);
  expect(ready).toBe(false);
  expect(new Set(moments).size).toBeGreaterThan(3);
  expect(moments.every((ra) => ra >= 0 && ra < 1_500)).toBe(true);
  expect(answer?.t).toBe(SERVER_FRAME.ok);
  expect(refused).toBe("HTTP/1.1 503 Service Unavailable");
  expect(performance.now() - startedMs).toBeGreaterThan(1_900);
  expect((await stays?.end())?.code).toBe(4000);
  expect(stays?.of("bye")).toMatchObject([{ c: 4000 }]);
  expect((await silent.end()).code).toBe(4000);
});

test("a drain ends when the last client has gone", async () => {
  const bench = await benchWith({ GATEWAY_DRAIN_MS: "60000" });
  const client = await bench.person(1);

  const drained = bench.gateway.drain();
  await until(() => client.of("go").length === 1);
  client.socket.close();

  await drained;
  expect(bench.gateway.stats().connections).toBe(0);
});
