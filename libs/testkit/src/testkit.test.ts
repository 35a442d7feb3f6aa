import { access } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { CLIENT_FRAME, SERVER_FRAME } from "@guildhall/proto";
import { codecFor } from "@guildhall/wire";
import { expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { fakeClock, rawSocket, scratchFolder, seededRandom, until } from "./index.ts";

async function pongs(): Promise<WebSocketServer> {
  const codec = codecFor("json");
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await new Promise((resolve) => server.once("listening", resolve));
  server.on("connection", (socket) =>
    socket.on("message", (data: Buffer) => {
      if (codec.decodeClient(data).t !== CLIENT_FRAME.ping) return;
      for (const ts of [1, 2]) socket.send(new TextDecoder().decode(codec.encodeServer({ t: SERVER_FRAME.pong, ts })));
      socket.close(4000, "drain");
    }),
  );
  return server;
}

test("a raw socket sends frames, finds the one asked for and tells how it was closed", async () => {
  const server = await pongs();
  await using socket = await rawSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, {
    protocol: "json",
  });

  socket.send({ t: CLIENT_FRAME.ping });

  expect(await socket.next("pong", (pong) => pong.ts === 2)).toMatchObject({ ts: 2 });
  expect(await socket.closed).toEqual({ code: 4000, reason: "drain" });
  await expect(socket.next("pong")).rejects.toThrow(/4000/);
  server.close();
});

test("a scratch folder is gone once disposed", async () => {
  const folder = await scratchFolder();
  await access(folder.path);

  await folder[Symbol.asyncDispose]();

  await expect(access(folder.path)).rejects.toThrow();
});

test("the fake clock moves when told, and until waits for its condition", async () => {
  const clock = fakeClock(5);
  setTimeout(() => clock.advance(10), 0);

  await until(() => clock.nowMs() === 15);

  await expect(until(() => false, 20)).rejects.toThrow(/20 ms/);
  expect(clock.monotonicMs()).toBe(15);
});

test("random numbers follow from the seed alone", () => {
  const [one, same, other] = [seededRandom(1), seededRandom(1), seededRandom(2)];
  const numbers = Array.from({ length: 1_000 }, one);

  // As mulberry32 gives them.
  expect(numbers.slice(0, 3)).toEqual([0.6270739405881613, 0.002735721180215478, 0.5274470399599522]);
  expect(numbers).toEqual(Array.from({ length: 1_000 }, same));
  expect(numbers).not.toEqual(Array.from({ length: 1_000 }, other));
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
});
