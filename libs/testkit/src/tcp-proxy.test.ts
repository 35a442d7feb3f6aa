import { once } from "node:events";
import { createConnection, createServer, type Socket } from "node:net";
import { Closers, sleep } from "@guildhall/kernel";
import { afterEach, beforeEach, expect, test } from "vitest";
import { TcpProxy } from "./tcp-proxy.ts";
import { until } from "./until.ts";

let closers: Closers;
let proxy: TcpProxy;
let echoPort: number;

beforeEach(async () => {
  closers = new Closers();
  const sockets = new Set<Socket>();
  const echo = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
  closers.defer(() => new Promise<void>((resolve) => void echo.close(() => resolve())));
  closers.defer(() => sockets.forEach((socket) => socket.destroy()));
  echoPort = (echo.address() as { port: number }).port;
  proxy = closers.use(await TcpProxy.start(echoPort));
});
afterEach(() => closers[Symbol.asyncDispose]());

/** A connection through the proxy, and what has come back. */
async function client(): Promise<{ readonly socket: Socket; readonly got: () => string }> {
  const socket = createConnection({ host: "127.0.0.1", port: proxy.port });
  closers.defer(() => void socket.destroy());
  let got = "";
  socket.on("error", () => {});
  socket.on("data", (data) => {
    got += data.toString("latin1");
  });
  await once(socket, "connect");
  return { socket, got: () => got };
}

test("what is sent comes through, whole and in order, however much", async () => {
  const { socket, got } = await client();
  const text = Array.from({ length: 200_000 }, (_, i) => String(i)).join(" ");

  socket.write(text);
  await until(() => got().length === text.length, 10_000);

  expect(got()).toBe(text);
  expect(proxy.connections).toBe(1);
});

test("a cut ends connections, and new ones are taken", async () => {
  const first = await client();
  first.socket.write("a");
  await until(() => first.got() === "a", 5_000);

  proxy.cut();
  await until(() => first.socket.destroyed, 5_000);
  const second = await client();
  second.socket.write("b");
  await until(() => second.got() === "b", 5_000);

  expect(proxy.connections).toBe(1);
});

test("held connections live and bring nothing; what was sent meanwhile comes after the release, also of new ones", async () => {
  const before = await client();
  before.socket.write("1");
  await until(() => before.got() === "1", 5_000);

  proxy.hold();
  const after = await client();
  before.socket.write("2");
  after.socket.write("x");
  await sleep(100);
  expect([before.got(), after.got(), before.socket.destroyed]).toEqual(["1", "", false]);
  proxy.release();
  await until(() => before.got() === "12" && after.got() === "x", 5_000);

  expect(proxy.connections).toBe(2);
});

test("connections of some clients alone are held and cut, and others go on", async () => {
  const [held, free] = [await client(), await client()];
  const ports = new Set([held.socket.localPort]);
  const theirs = (port: number) => ports.has(port);

  proxy.hold(theirs);
  held.socket.write("a");
  free.socket.write("b");
  await until(() => free.got() === "b", 5_000);
  proxy.cut(theirs);
  await until(() => held.socket.destroyed, 5_000);

  expect([held.got(), free.socket.destroyed]).toEqual(["", false]);
});

test("what is held in one direction arrives, and only its answer does not", async () => {
  const { socket, got } = await client();
  socket.write("1");
  await until(() => got() === "1", 5_000);

  proxy.hold(undefined, ["up"]);
  socket.write("2");
  await sleep(50);
  proxy.hold(undefined, ["down"]);
  proxy.release(["up"]);
  await sleep(50);
  expect(got()).toBe("1");
  proxy.release(["down"]);
  await until(() => got() === "12", 5_000);
});

test("late bytes are late both ways and keep their order when the delay ends", async () => {
  const { socket, got } = await client();
  proxy.delay(60);
  const startMs = performance.now();
  socket.write("a");
  await sleep(20);
  proxy.delay(0);
  socket.write("b");
  await until(() => got() === "ab", 5_000);

  expect(performance.now() - startMs).toBeGreaterThanOrEqual(59);
});

test("where there is no server a connection ends", async () => {
  await using nowhere = await TcpProxy.start(1);
  const socket = createConnection({ host: "127.0.0.1", port: nowhere.port });
  socket.on("error", () => {});

  await until(() => socket.destroyed, 5_000);

  expect(nowhere.connections).toBe(0);
});
