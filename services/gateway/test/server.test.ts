import { connect } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { listenForClients } from "../src/socket/server.ts";
import { type Bench, startBench } from "./bench.ts";

let bench: Bench;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench[Symbol.asyncDispose]());

/** Writes `text` to the port and gives the first line of what comes back, and all of it. */
function talk(text: string | Buffer): Promise<{ status: string; all: string }> {
  return new Promise((resolve, reject) => {
    let all = "";
    const done = () => {
      socket.destroy();
      resolve({ status: all.split("\r\n")[0] ?? "", all });
    };
    const socket = connect(bench.gateway.port, "127.0.0.1", () => socket.write(text));
    socket.setTimeout(3_000, () => reject(new Error("no answer")));
    socket.on("data", (data) => {
      all += data.toString("latin1");
      if (all.includes("\r\n\r\n")) done();
    });
    socket.on("close", done);
    socket.on("error", done);
  });
}

const GOOD = [
  "GET /ws HTTP/1.1",
  "Host: 127.0.0.1",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Protocol: guildhall.json.v1",
];

function request(drop: RegExp | undefined, ...add: string[]): string {
  const lines = GOOD.filter((line) => drop === undefined || !drop.test(line));
  return `${[...lines, ...add].join("\r\n")}\r\n\r\n`;
}

test("a good handshake is answered with the protocol and nothing else of what was sent", async () => {
  const { status, all } = await talk(
    request(/^Sec-WebSocket-Protocol/, "Sec-WebSocket-Protocol: bearer.secret, guildhall.json.v1", "X-Probe: echo-me"),
  );

  expect(status).toBe("HTTP/1.1 101 Switching Protocols");
  expect(all).toContain("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  expect(all).toContain("Sec-WebSocket-Protocol: guildhall.json.v1\r\n");
  expect(all).not.toMatch(/secret|echo-me|Extensions/);
});

test.each<[string, string | Buffer, RegExp]>([
  ["no Upgrade header", request(/^Upgrade/), / 426 /],
  ["no Connection header", request(/^Connection/), / 400 /],
  ["version 8", request(/Version/, "Sec-WebSocket-Version: 8"), / 426 /],
  ["no key", request(/Key/), / 400 /],
  ["a key of 3 characters", request(/Key/, "Sec-WebSocket-Key: abc"), / 400 /],
  ["a key of 25 characters", request(/Key/, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==="), / 400 /],
  ["a POST", request(/^GET/).replace(/^/, "POST /ws HTTP/1.1\r\n"), / 405 /],
  ["HTTP/1.0", request(/^GET/).replace(/^/, "GET /ws HTTP/1.0\r\n"), / 505 /],
  ["no Host", request(/^Host/), / 400 /],
  ["two Hosts", request(undefined, "Host: evil.example"), / 400 /],
  ["a foreign origin", request(undefined, "Origin: https://evil.example"), / 403 /],
  ["two origins", request(undefined, "Origin: http://localhost", "Origin: http://localhost"), / 400 /],
  ["an unknown protocol", request(/Protocol/, "Sec-WebSocket-Protocol: chat.v1"), / 400 /],
  ["a body", `${request(undefined, "Content-Length: 5")}hello`, / 400 /],
  ["another path", request(/^GET/).replace(/^/, "GET /ws/../../etc/passwd HTTP/1.1\r\n"), / 404 /],
  ["a path with an encoded NUL", request(/^GET/).replace(/^/, "GET /ws%00 HTTP/1.1\r\n"), / 404 /],
  ["a TLS hello", Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, 0x0d, 0x0a, 0x0d, 0x0a]), /^$| (400|505) /],
])("%s is refused over the wire", async (_, text, status) => {
  const answer = await talk(text);

  expect(answer.status).toMatch(status);
  expect(answer.all).not.toMatch(/at .*\.ts|node_modules/);
});

test("loopback origins may connect by default, and extensions are not taken up", async () => {
  const { status, all } = await talk(
    request(undefined, "Origin: http://localhost:5173", "Sec-WebSocket-Extensions: permessage-deflate"),
  );

  expect(status).toMatch(/ 101 /);
  expect(all).not.toContain("Extensions");
});

test("/healthz is the only page", async () => {
  const page = (line: string) => talk(`${line} HTTP/1.1\r\nHost: a\r\n\r\n`);

  expect((await page("GET /healthz")).status).toMatch(/ 200 /);
  expect((await page("POST /healthz")).status).toMatch(/ 405 /);
  expect((await page("GET /metrics")).status).toMatch(/ 404 /);
  expect((await page("GET /healthz/")).status).toMatch(/ 404 /);
});

test("handshakes are counted by result", async () => {
  await talk(request(undefined));
  await talk(request(undefined, "Origin: https://evil.example"));

  const text = await bench.registry.text();
  expect(text).toContain('guildhall_gateway_handshakes_total{result="accepted"} 1');
  expect(text).toContain('guildhall_gateway_handshakes_total{result="origin"} 1');
});

test("a port that is taken is refused in one sentence when it is to be exclusive", async () => {
  const options = {
    host: "127.0.0.1",
    port: 0,
    exclusivePort: true,
    origins: [],
    tls: undefined,
    silentMaxMs: 35_000,
    handshake() {},
    trusts: () => false,
    admit: () => 0,
  };
  const nobody = {
    opened() {},
    received() {},
    controlled() {},
    answered() {},
    drained() {},
    dropped() {},
    closed() {},
    failed() {},
  };
  const first = await listenForClients(options, nobody);

  const second = listenForClients({ ...options, port: first.port }, nobody);

  await expect(second).rejects.toMatchObject({ code: "UNAVAILABLE", message: expect.stringMatching(/port taken/) });
  await first[Symbol.asyncDispose]();
});

test("a handler that throws is reported, and the server goes on", async () => {
  const failed = vi.fn();
  const boom = () => {
    throw new Error("boom");
  };
  const connections = {
    opened: boom,
    received() {},
    controlled() {},
    answered() {},
    drained() {},
    dropped() {},
    closed() {},
    failed,
  };
  const options = {
    host: "127.0.0.1",
    port: 0,
    exclusivePort: true,
    origins: [],
    tls: undefined,
    silentMaxMs: 35_000,
    handshake() {},
    trusts: () => false,
    admit: () => 0,
  };
  const server = await listenForClients<void>(options, connections);

  const answers = await Promise.all(
    [1, 2].map(
      () =>
        new Promise<string>((resolve) => {
          const socket = connect(server.port, "127.0.0.1", () => socket.write(request(undefined)));
          socket.once("data", (data) => {
            socket.destroy();
            resolve(data.toString("latin1"));
          });
        }),
    ),
  );

  expect(answers).toEqual([expect.stringMatching(/ 101 /), expect.stringMatching(/ 101 /)]);
  await vi.waitFor(() => expect(failed).toHaveBeenCalledTimes(2));
  await server[Symbol.asyncDispose]();
});
