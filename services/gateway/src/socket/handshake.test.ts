import { expect, test } from "vitest";
import { checkHandshake, type Handshake } from "./handshake.ts";
import { loadUws } from "./uws.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const GOOD: Readonly<Record<string, readonly string[]>> = {
  host: ["127.0.0.1:7000"],
  upgrade: ["websocket"],
  connection: ["Upgrade"],
  "sec-websocket-key": [KEY],
  "sec-websocket-version": ["13"],
  "sec-websocket-protocol": ["guildhall.msgpack.v1"],
};

/** The good handshake with some of its headers changed; an empty list leaves one out. */
function handshake(changes: Readonly<Record<string, readonly string[]>> = {}, target: Partial<Handshake> = {}) {
  const headers = new Map(Object.entries({ ...GOOD, ...changes }).filter(([, values]) => values.length > 0));
  return { method: "get", path: "/ws", headers, ...target };
}

const ORIGINS = ["https://app.example.com", "loopback"];

test("a good handshake is accepted with the client's first known protocol", () => {
  const offered = handshake({ "sec-websocket-protocol": ["chat, guildhall.json.v1", "guildhall.msgpack.v1"] });

  expect(checkHandshake(offered, [])).toEqual({ encoding: "json", key: KEY });
});

test.each<[string, Readonly<Record<string, readonly string[]>>, string]>([
  ["no Upgrade", { upgrade: [] }, "426"],
  ["another Upgrade", { upgrade: ["h2c"] }, "426"],
  ["no Connection", { connection: [] }, "400"],
  ["Connection without upgrade", { connection: ["keep-alive"] }, "400"],
  ["version 8", { "sec-websocket-version": ["8"] }, "426"],
  ["no version", { "sec-websocket-version": [] }, "426"],
  ["two versions in one", { "sec-websocket-version": ["13, 8"] }, "426"],
  ["no key", { "sec-websocket-key": [] }, "400"],
  ["a key of 24 characters that is not 16 bytes", { "sec-websocket-key": ["dGhlIHNhbXBsZSBub25jZQ=A"] }, "400"],
  ["a key with bits to spare", { "sec-websocket-key": ["dGhlIHNhbXBsZSBub25jZR=="] }, "400"],
  ["two keys", { "sec-websocket-key": [KEY, KEY] }, "400"],
  ["no Host", { host: [] }, "400"],
  ["two Hosts", { host: ["a", "b"] }, "400"],
  ["a body", { "content-length": ["5"] }, "400"],
  ["a chunked body", { "transfer-encoding": ["chunked"] }, "400"],
  ["no protocol", { "sec-websocket-protocol": [] }, "400"],
  ["an unknown protocol", { "sec-websocket-protocol": ["chat.v1, bearer.secret"] }, "400"],
  ["two Origins", { origin: ["http://localhost", "http://localhost"] }, "400"],
])("refuses %s", (_, changes, status) => {
  expect(checkHandshake(handshake(changes), ORIGINS)).toMatchObject({ status: expect.stringMatching(`^${status} `) });
});

test("keep-alive beside upgrade, in any case, is fine", () => {
  const headers = { connection: ["keep-alive, UPGRADE"], upgrade: ["WebSocket"], "content-length": ["0"] };

  expect(checkHandshake(handshake(headers), ORIGINS)).toMatchObject({ encoding: "msgpack" });
});

test.each([
  ["post", "/ws", "405"],
  ["get", "/", "404"],
  ["get", "/ws/", "404"],
  ["get", "/ws/../ws", "404"],
  ["get", "//ws", "404"],
  ["get", "/WS", "404"],
])("%s %s is %s", (method, path, status) => {
  const refused = checkHandshake(handshake({}, { method, path }), ORIGINS);

  expect(refused).toMatchObject({ status: expect.stringMatching(`^${status} `) });
});

test.each([
  "https://app.example.com",
  "https://APP.example.com",
  "http://localhost:3000",
  "http://127.0.0.1",
  "https://[::1]:8443",
])("origin %s may connect", (origin) => {
  expect(checkHandshake(handshake({ origin: [origin] }), ORIGINS)).toMatchObject({ encoding: "msgpack" });
});

test.each([
  "null",
  "",
  "https://evil.example",
  "https://app.example.com.evil.io",
  "https://evilapp.example.com",
  "http://app.example.com",
  "https://app.example.com:444",
  "https://user@app.example.com",
  "https://app.example.com.",
  "HTTPS://app.example.com",
  "https://app.example.com/",
  "http://localhost.evil.io",
  "http://localhost:99999999",
  "http://127.0.0.1.nip.io",
])("origin %s may not", (origin) => {
  expect(checkHandshake(handshake({ origin: [origin] }), ORIGINS)).toMatchObject({ status: "403 Forbidden" });
});

test("a binary that does not load ends with what to do", async () => {
  const loading = loadUws(() => Promise.reject(new Error("GLIBC_2.38 not found")));

  await expect(loading).rejects.toMatchObject({
    code: "INTERNAL",
    message: expect.stringMatching(/Node 20.*glibc 2\.38.*github:uNetworking\/uWebSockets\.js#/),
  });
});
