import { type AddressInfo, connect } from "node:net";
import { AppError } from "@guildhall/kernel";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Api, apiServer, startApi } from "../api.ts";
import { testConfig, testPorts } from "../testing.ts";

const BODY = JSON.stringify({ name: "ada", password: "correct horse" });
const JSON_HEADERS = { "content-type": "application/json" };

let bench: Awaited<ReturnType<typeof testPorts>>;
let api: Api;

beforeEach(async () => {
  bench = await testPorts();
  api = await startApi(testConfig, bench.ports);
});
afterEach(() => api[Symbol.asyncDispose]());

/** Everything the server says to these bytes until it closes, or until it was silent for a while after its answer. */
function raw(bytes: string, port = api.port, silentMs = 300): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    let said = "";
    socket.setTimeout(silentMs, () => socket.destroy());
    socket.on("data", (data) => {
      said += data.toString();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => (error.code === "ECONNRESET" ? resolve(said) : reject(error)));
    socket.on("close", () => resolve(said));
  });
}

const statuses = (said: string) => [...said.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
const post = (path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = JSON_HEADERS) =>
  fetch(api.url + path, { method: "POST", body, headers });

async function stillServes(): Promise<void> {
  expect((await fetch(`${api.url}/healthz`)).status).toBe(200);
}

describe("what is not proper HTTP", () => {
  const head = "POST /v1/people HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";

  test.each<[string, string]>([
    [
      "Content-Length with Transfer-Encoding",
      `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ["two different Content-Length", `${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x`],
    ["a negative Content-Length", `${head}Content-Length: -1\r\n\r\n{}`],
    ["a Content-Length of 20 digits", `${head}Content-Length: 99999999999999999999\r\n\r\n{}`],
    ["a bad chunk size", `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`],
    ["chunked before identity", `${head}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`],
    ["no Host", "GET /healthz HTTP/1.1\r\n\r\n"],
    ["a space before a colon", "GET /healthz HTTP/1.1\r\nHost : x\r\n\r\n"],
    ["a NUL in a header", "GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n"],
    ["a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
    ["no HTTP at all", "hello\r\n\r\n"],
  ])("%s is 400 and the connection ends", async (_, bytes) => {
    const said = await raw(bytes);

    expect(statuses(said)).toEqual([400]);
    expect(said.toLowerCase()).toContain("connection: close");
    expect(said).not.toMatch(/HPE_|node:|at /);
    expect(bench.fake.commands).toEqual([]);
    await stillServes();
  });

  test("headers, and paths, of more than 8 KiB are 431", async () => {
    expect(statuses(await raw(`GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(9_000)}\r\n\r\n`))).toEqual([431]);
    expect(statuses(await raw(`GET /${"x".repeat(9_000)} HTTP/1.1\r\nHost: x\r\n\r\n`))).toEqual([431]);
    await stillServes();
  });

  test("bytes behind a body are a request of their own", async () => {
    const said = await raw(`${head}Content-Length: 2\r\n\r\n{}GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n`);

    expect(statuses(said)).toEqual([400, 200]);
  });

  test("many requests on one connection are answered in order", async () => {
    const said = await raw("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /none HTTP/1.1\r\nHost: x\r\n\r\n".repeat(100));

    expect(statuses(said)).toEqual(Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? 200 : 404)));
  });

  test("a request that does not get on is 408 and its connection ends", async () => {
    const app = apiServer(testConfig, (await testPorts()).ports);
    await app.listen({ host: "127.0.0.1", port: 0 });
    app.server.headersTimeout = 50;
    app.server.requestTimeout = 100;
    const { port } = app.server.address() as AddressInfo;

    const said = await raw(`${head}Content-Length: 50\r\n\r\n{`, port, 5_000);

    expect(statuses(said)).toEqual([408]);
    await app.close();
  });

  test("a client that goes away in the middle of a request harms nobody", async () => {
    for (let i = 0; i < 20; i++) {
      await new Promise<void>((resolve) => {
        const socket = connect(api.port, "127.0.0.1", () => {
          socket.write(`${head}Content-Length: ${BODY.length}\r\n\r\n${i % 2 === 0 ? BODY : BODY.slice(0, 9)}`);
          setImmediate(() => socket.resetAndDestroy());
        });
        socket.on("close", () => resolve());
      });
    }

    await stillServes();
  });
});

describe("bodies", () => {
  test.each<[string, Record<string, string>]>([
    ["text", { "content-type": "text/plain" }],
    ["a form", { "content-type": "application/x-www-form-urlencoded" }],
    ["several parts", { "content-type": "multipart/form-data; boundary=x" }],
    ["another charset", { "content-type": "application/json; charset=utf-7" }],
    ["nearly JSON", { "content-type": "application/jsonx" }],
    ["no type", { "content-type": "" }],
    ["a compressed body", { ...JSON_HEADERS, "content-encoding": "gzip" }],
  ])("%s is 415", async (_, headers) => {
    const answer = await post("/v1/people", BODY, headers);

    expect(answer.status).toBe(415);
    expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
    expect(await answer.json()).toMatchObject({ type: "about:blank", status: 415, code: "UNSUPPORTED", c: 104 });
  });

  test.each(["application/json", "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'])(
    "%s is JSON",
    async (type) => {
      expect((await post("/v1/people", BODY, { "content-type": type })).status).toBe(201);
    },
  );

  test("of 64 KiB are read, of one byte more are 413", async () => {
    const body = (size: number) => `${BODY}${" ".repeat(size - BODY.length)}`;

    expect((await post("/v1/people", body(65_536))).status).toBe(201);
    const answer = await post("/v1/people", body(65_537));
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ code: "TOO_LARGE" });
  });

  test("that grow beyond 64 KiB without having said so are 413", async () => {
    const chunk = `1000\r\n${"x".repeat(4_096)}\r\n`;
    const head =
      "POST /v1/people HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";

    expect(statuses(await raw(head + chunk.repeat(20)))).toEqual([413]);
    await stillServes();
  });

  const deep = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
  test.each<[string, string | Uint8Array<ArrayBuffer>]>([
    ["nothing", ""],
    ["a part of an object", "{"],
    ["a list", "[]"],
    ["a string", '"x"'],
    ["a number", "1"],
    ["null", "null"],
    ["a byte order mark", `\ufeff${BODY}`],
    ["bytes that are not UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d])],
    ["two values", `${BODY}${BODY}`],
    ["NaN", '{"name":NaN}'],
    ["30,000 levels", deep(30_000)],
    ["30,000 levels in a field", `{"name":${deep(30_000)},"password":"correct horse"}`],
    ["10,000 fields", `{${Array.from({ length: 5_000 }, (_, i) => `"k${i}":1`).join()}}`],
    ["__proto__", `{"__proto__":{"admin":true},${BODY.slice(1)}`],
    ["__proto__ in disguise", `{"\\u005f_proto__":{"admin":true},${BODY.slice(1)}`],
    ["constructor.prototype", `{"constructor":{"prototype":{"admin":true}},${BODY.slice(1)}`],
    ["prototype", `{"prototype":{"admin":true},${BODY.slice(1)}`],
  ])("%s is 400", async (_, body) => {
    const answer = await post("/v1/people", body);

    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: "BAD_ARGS", c: 101 });
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
    expect(bench.fake.commands).toEqual([]);
    await stillServes();
  });
});

describe("paths and methods", () => {
  test.each([
    "/",
    "/v1",
    "//v1/people",
    "/V1/people",
    "/v1/people;x=1",
    "/v1/people/a/b",
    "/healthz/",
    "/healthz/../etc/passwd",
    "/%2e%2e/healthz",
    "/healthz%00",
    "/v1%2fpeople",
    "/%",
    "/%zz",
    `/v1/people/${"x".repeat(65)}`,
    "/__proto__",
  ])("%s is 404", async (path) => {
    const said = await raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);

    expect(statuses(said)).toEqual([404]);
    expect(said).toContain("application/problem+json");
    expect(said).toContain('"NOT_FOUND"');
  });

  test.each([
    ["GET", "/v1/session", "POST"],
    ["DELETE", "/v1/people", "POST"],
    ["PUT", "/v1/people/batch", "GET, HEAD, POST"],
    ["PATCH", "/v1/people/ada", "GET, HEAD"],
    ["OPTIONS", "/v1/people", "POST"],
    ["TRACE", "/healthz", "GET, HEAD"],
    ["PROPFIND", "/healthz", "GET, HEAD"],
    ["POST", "/healthz", "GET, HEAD"],
  ])("%s %s is 405 and says what is allowed", async (method, path, allow) => {
    const said = await raw(`${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);

    expect(statuses(said)).toEqual([405]);
    expect(said.toLowerCase()).toContain(`allow: ${allow.toLowerCase()}`);
    expect(said).toContain('"UNKNOWN_METHOD"');
  });

  test("CONNECT gets nothing", async () => {
    expect(statuses(await raw("CONNECT example.org:80 HTTP/1.1\r\nHost: x\r\n\r\n"))).toEqual([]);
    await stillServes();
  });

  test("a header does not change the method", async () => {
    const headers = { "x-http-method-override": "POST" };

    expect((await fetch(`${api.url}/v1/session`, { headers })).status).toBe(405);
  });

  test("query parameters nobody asked for are 400", async () => {
    const many = Array.from({ length: 1_000 }, (_, i) => `k${i}=1`).join("&");

    for (const query of ["x=1", "limit=1&limit=9", "__proto__=1", many.slice(0, 7_000)]) {
      expect((await post(`/v1/people?${query}`, BODY)).status).toBe(400);
    }
  });

  test("a page of another origin may read nothing", async () => {
    const headers = { origin: "https://evil.example", "access-control-request-method": "POST" };

    const preflight = await fetch(`${api.url}/v1/session`, { method: "OPTIONS", headers });
    const plain = await fetch(`${api.url}/healthz`, { headers });

    expect(preflight.status).toBe(405);
    for (const { headers: said } of [preflight, plain]) expect(said.get("access-control-allow-origin")).toBeNull();
  });
});

describe("answers", () => {
  test("do not say what serves them", async () => {
    const { headers } = await fetch(`${api.url}/healthz`);

    expect(headers.get("server")).toBeNull();
    expect(headers.get("x-powered-by")).toBeNull();
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });

  test("a failure inside is 500 with nothing of it, and is logged", async () => {
    bench.fake.before = () => {
      throw new AppError("INTERNAL", "secret of /srv/db");
    };

    const answer = await post("/v1/people", BODY);
    const text = await answer.text();

    expect(answer.status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({ code: "INTERNAL", c: 699, title: "Internal Server Error" });
    expect(text).not.toMatch(/secret|srv|at |stack/);
    await vi.waitFor(() => expect(bench.lines.join()).toContain("request_failed"));
  });

  test("a library that throws is 500 too, and the process lives", async () => {
    const broken = await testPorts({
      ports: { keys: { ...bench.ports.keys, jwks: () => Promise.reject(new TypeError("boom")) } },
    });
    await using other = await startApi(testConfig, broken.ports);

    const answer = await fetch(`${other.url}/.well-known/jwks.json`);

    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain("boom");
    expect((await fetch(`${other.url}/healthz`)).status).toBe(200);
  });
});

describe("starting and stopping", () => {
  test("a taken port is an error", async () => {
    const second = await testPorts();

    await expect(startApi({ ...testConfig, port: api.port }, second.ports)).rejects.toMatchObject({ code: "CONFLICT" });
  });

  test("a trusted proxy that is no address is an error", async () => {
    const second = await testPorts();

    await expect(startApi({ ...testConfig, trustedProxies: ["proxy.example"] }, second.ports)).rejects.toThrow(
      /proxy\.example/,
    );
  });

  test("after disposal nobody is served, and connections kept open are closed", async () => {
    const other = await startApi(testConfig, (await testPorts()).ports);
    const closed = new Promise<void>((resolve) => {
      const socket = connect(other.port, "127.0.0.1");
      socket.on("close", () => resolve());
      socket.resume();
      socket.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    });
    expect((await fetch(`${other.url}/healthz`)).status).toBe(200);

    await other[Symbol.asyncDispose]();

    await closed;
    await expect(fetch(`${other.url}/healthz`)).rejects.toThrow();
  });
});
