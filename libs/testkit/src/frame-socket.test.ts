import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { CLIENT_FRAME, SERVER_FRAME, type ServerFrame } from "@guildhall/proto";
import { codecFor } from "@guildhall/wire";
import { expect, onTestFinished, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { frameSocket, UNREADABLE } from "./frame-socket.ts";
import { until } from "./until.ts";

const codec = codecFor("msgpack");
const pong = (ts: number) => codec.encodeServer({ t: SERVER_FRAME.pong, ts });

/** A server of the package `ws`, and the first socket it gets. */
async function server(): Promise<{ url: string; accepted: Promise<WebSocket> }> {
  const listening = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  onTestFinished(() => {
    for (const client of listening.clients) client.terminate();
    listening.close();
  });
  await once(listening, "listening");
  const accepted = once(listening, "connection").then(([socket]) => socket as WebSocket);
  return { url: `ws://127.0.0.1:${(listening.address() as AddressInfo).port}/ws`, accepted };
}

async function connected() {
  const { url, accepted } = await server();
  const frames: ServerFrame[] = [];
  const closes: number[] = [];
  const events = { onFrame: (frame: ServerFrame) => frames.push(frame), onClose: (code: number) => closes.push(code) };
  const socket = await frameSocket(url, "msgpack", events);
  return { socket, there: await accepted, frames, closes };
}

test("frames go to and fro, and the close comes with its code", async () => {
  const { socket, there, frames, closes } = await connected();
  const sent = once(there, "message");

  socket.send({ t: CLIENT_FRAME.ping });
  there.send(pong(1));
  await until(() => frames.length === 1);
  there.close(4001);
  await until(() => closes.length === 1);

  expect(codec.decodeClient((await sent)[0] as Buffer)).toEqual({ t: CLIENT_FRAME.ping });
  expect(frames).toEqual([{ t: SERVER_FRAME.pong, ts: 1 }]);
  expect(closes).toEqual([4001]);
});

test("while it pauses nothing is handed on, and afterwards everything is", async () => {
  const { socket, there, frames } = await connected();

  socket.pause();
  await new Promise<void>((resolve) => there.send(pong(1), () => resolve()));
  await new Promise((resolve) => setImmediate(resolve));
  const meanwhile = frames.length;
  socket.resume();
  await until(() => frames.length === 1);

  expect(meanwhile).toBe(0);
  socket.cut();
});

test("a frame that cannot be decoded ends it with a code of its own", async () => {
  const { there, closes, frames } = await connected();

  there.send(new Uint8Array([0xc1, 0xff]));
  await until(() => closes.length === 1);

  expect(closes).toEqual([UNREADABLE]);
  expect(frames).toEqual([]);
});

test("no connection is an error", async () => {
  await expect(frameSocket("ws://127.0.0.1:1/ws", "msgpack", { onFrame: () => {}, onClose: () => {} })).rejects.toThrow(
    /ECONNREFUSED/,
  );
});
