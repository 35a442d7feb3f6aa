import type { AddressInfo } from "node:net";
import { CLIENT_FRAME } from "@guildhall/proto";
import { codecFor } from "@guildhall/wire";
import { afterEach, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { type Client, connect } from "./client.ts";
import { subRow, welcomeFrame } from "./fake-server.ts";
import { staticToken } from "./tokens.ts";

let server: WebSocketServer;
let client: Client;

afterEach(async () => {
  await client.close();
  server.close();
});

/** A real server on loopback that greets and subscribes at head 4; `binary` notes what kinds of frame came. */
async function listen(encoding: "msgpack" | "json") {
  const codec = codecFor(encoding);
  const binary: boolean[] = [];
  server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await new Promise((resolve) => server.once("listening", resolve));
  server.on("connection", (socket) => {
    const text = (bytes: Uint8Array) => (encoding === "json" ? new TextDecoder().decode(bytes) : bytes);
    socket.on("message", (data: Buffer, isBinary) => {
      binary.push(isBinary);
      const frame = codec.decodeClient(data);
      if (frame.t === CLIENT_FRAME.hello) socket.send(text(codec.encodeServer(welcomeFrame(frame.i))));
      if (frame.t === CLIENT_FRAME.sub) socket.send(text(codec.encodeServer({ t: 65, i: frame.i, d: [subRow(1, 4)] })));
    });
  });
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`, binary };
}

test.each(["msgpack", "json"] as const)("speaks %s over a real WebSocket", async (encoding) => {
  const { url, binary } = await listen(encoding);
  client = connect({ url, encoding, tokens: staticToken("t"), app: "test" });

  const state = await client.group(1).subscribe();

  expect(state.head).toBe(4);
  expect(new Set(binary)).toEqual(new Set([encoding === "msgpack"]));
});
