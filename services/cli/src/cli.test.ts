import { readFile, stat } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { type ScratchFolder, scratchFolder } from "@guildhall/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runCli } from "./cli.ts";
import { loadSession, saveSession } from "./session-file.ts";

type Asked = { readonly path: string; readonly key: string | undefined; readonly body: Record<string, unknown> };

let folder: ScratchFolder;
let server: Server;
let asked: Asked[];
let answer: (path: string, body: Record<string, unknown>) => [status: number, body: unknown];

beforeEach(async () => {
  folder = await scratchFolder();
  asked = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      const body = (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
      asked.push({ path: request.url ?? "", key: request.headers.authorization, body });
      const [status, told] = answer(request.url ?? "", body);
      response.writeHead(status, { "content-type": "application/json", connection: "close" }).end(JSON.stringify(told));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  server.close();
  await folder[Symbol.asyncDispose]();
});

const session = (name: string, u = 1) => ({ name, u, access: "a", refresh: "r", dev: "A".repeat(22), exp: 1 });

/** Runs the command line with everything in the scratch folder. */
async function run(words: readonly string[], input = "") {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end(input);
  const code = await runCli(words, {
    api: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    url: "ws://127.0.0.1:1/ws",
    sessionFile: join(folder.path, "config", "session.json"),
    keyFile: join(folder.path, "operator.key"),
    permissionSocket: join(folder.path, "permission.sock"),
    dataFolder: join(folder.path, "data"),
    settings: {},
    stdin,
    stdout,
    stderr,
  });
  return { code, out: String(stdout.read() ?? ""), err: String(stderr.read() ?? "") };
}

test("no words show every command; unknown ones do too, and fail", async () => {
  const help = await run([]);
  const unknown = await run(["fly"]);

  expect([help.code, unknown.code]).toEqual([0, 2]);
  expect(help.out).toContain("guildhall replay <file.jsonl>");
  expect(unknown.err).toContain("guildhall chat");
});

test.each([
  [["sign-up"]],
  [["sign-up", "ann", "bob"]],
  [["group", "create", "Name", "--category", "none"]],
  [["chat", "ann"]],
  [["user", "add", "--count", "3"]],
  [["explain", "ann", "FLY", "1"]],
  [["replay", "log", "--speed", "0"]],
  [["replay", "log", "--silent", "-1"]],
  [["group", "list", "--colour"]],
  [["export", "friends"]],
  [["export", "123", "--from", "yesterday"]],
  [["export", "123", "--from", "2026-02-30T00:00"]],
  [["export", "123", "--from", "2026-02-02", "--to", "2026-02-01"]],
  [["export", "123", "--after", "-1"]],
])("%j shows the usage and ends with 2", async (words) => {
  answer = () => [200, { key: "k" }];
  await run(["operator", "claim", "CODE"]);

  const { code, err } = await run(words);

  expect(code).toBe(2);
  expect(err).toContain("usage: guildhall");
});

test("signing up keeps the session where only its owner can read it", async () => {
  answer = () => [201, session("ann")];

  const { code, out } = await run(["sign-up", "ann", "--password-stdin"], "correct horse\n");

  const file = join(folder.path, "config", "session.json");
  expect([code, out]).toEqual([0, "signed up and in as ann\n"]);
  expect(asked).toMatchObject([{ path: "/v1/people", body: { name: "ann", password: "correct horse" } }]);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await loadSession(file)).toMatchObject({ name: "ann", access: "a" });
});

test("several people can be signed in, and one is chosen by name", async () => {
  const file = join(folder.path, "session.json");
  await saveSession(file, session("ann"));
  await saveSession(file, session("bob", 2));

  expect(await loadSession(file)).toMatchObject({ name: "bob" });
  expect(await loadSession(file, "ann")).toMatchObject({ u: 1 });
  await expect(loadSession(file, "cid")).rejects.toThrow("cid is not signed in here");
});

test("a refusal is one sentence and exit code 1", async () => {
  answer = () => [409, { code: "CONFLICT", c: 401, detail: "The name is taken." }];

  const { code, err } = await run(["sign-up", "ann", "--password-stdin"], "correct horse\n");

  expect([code, err]).toEqual([1, "The name is taken. (CONFLICT)\n"]);
});

test("without a terminal the password must come with --password-stdin", async () => {
  expect(await run(["sign-in", "ann"])).toMatchObject({ code: 1, err: expect.stringContaining("--password-stdin") });
});

test("the operator key is written for its owner only, and used to add people in batches", async () => {
  const tokens = join(folder.path, "tokens.jsonl");
  answer = (path, { names }) =>
    path === "/v1/operator"
      ? [200, { key: "secret" }]
      : [200, { people: (names as string[]).map((name, at) => session(name, at)) }];

  const claimed = await run(["operator", "claim", "ABCD-EFGH"]);
  const added = await run(["user", "add", "ann", "--count", "150", "--prefix", "bot_", "--tokens", tokens]);

  const lines = (await readFile(tokens, "utf8")).trim().split("\n");
  expect([claimed.code, added.code]).toEqual([0, 0]);
  expect((await stat(join(folder.path, "operator.key"))).mode & 0o777).toBe(0o600);
  expect((await stat(tokens)).mode & 0o777).toBe(0o600);
  expect(asked.slice(1).map(({ key, body }) => [key, (body["names"] as string[]).length])).toEqual([
    ["Bearer secret", 100],
    ["Bearer secret", 51],
  ]);
  expect(lines).toHaveLength(151);
  expect(JSON.parse(lines[150] ?? "")).toMatchObject({ name: "bot_150", access: "a", refresh: "r" });
});

describe("devices", () => {
  const [here, desk] = ["A".repeat(22), "B".repeat(22)] as [string, string];
  const times = { app: "cli", at: 0, seen: 60_000 };
  const file = () => join(folder.path, "config", "session.json");

  beforeEach(async () => {
    await saveSession(file(), { ...session("ann"), exp: Date.now() + 600_000 });
    answer = () => [
      200,
      {
        devices: [
          { dev: here, ...times, here: true },
          { dev: desk, ...times, here: false },
        ],
      },
    ];
  });

  test("are listed with the access token, and ended by the beginning of their id", async () => {
    const listed = await run(["device", "list"]);
    const ended = await run(["device", "end", "BB"]);
    const others = await run(["device", "end", "--others"]);

    expect(listed.out).toBe(
      `${here}  cli  since 1970-01-01 00:00, renewed 1970-01-01 00:01  (this one)\n` +
        `${desk}  cli  since 1970-01-01 00:00, renewed 1970-01-01 00:01\n`,
    );
    expect([ended.code, others.code]).toEqual([0, 0]);
    expect(asked.map(({ path, key }) => [path, key])).toEqual([
      ["/v1/devices", "Bearer a"],
      ["/v1/devices", "Bearer a"],
      [`/v1/devices/${desk}`, "Bearer a"],
      ["/v1/devices", "Bearer a"],
    ]);
  });

  test("one that is not there, or not told apart, is named and nothing is ended", async () => {
    answer = () => [200, { devices: [`BC${"x".repeat(20)}`, desk].map((dev) => ({ dev, ...times, here: false })) }];

    expect(await run(["device", "end", "Z"])).toMatchObject({ code: 1, err: expect.stringContaining("no device Z") });
    expect(await run(["device", "end", "B"])).toMatchObject({ code: 1, err: expect.stringContaining("more than one") });
    expect(asked.map(({ path }) => path)).toEqual(["/v1/devices", "/v1/devices"]);
  });

  test("who signs out, or ends this very device, is forgotten on this computer", async () => {
    await saveSession(file(), { ...session("bob", 2), access: "b", exp: Date.now() + 600_000 });

    const out = await run(["sign-out"]);
    const ended = await run(["device", "end", "A"]);

    expect([out, ended]).toMatchObject([{ code: 0, out: "signed out bob\n" }, { code: 0 }]);
    expect(asked[0]).toMatchObject({ path: "/v1/session/end", key: "Bearer b" });
    await expect(loadSession(file(), "ann")).rejects.toThrow("ann is not signed in here");
    await expect(loadSession(file())).rejects.toThrow("nobody is signed in here");
  });

  test("a new password is sent with the old one, and its tokens are kept", async () => {
    answer = () => [200, { ...session("ann"), access: "a2", refresh: "r2", exp: Date.now() + 600_000 }];

    const { code } = await run(["password", "--password-stdin"], "correct horse\nbattery staple\n");
    const half = await run(["password", "--password-stdin"], "correct horse\n");

    expect(code).toBe(0);
    expect(asked).toMatchObject([
      { path: "/v1/password", key: "Bearer a", body: { old: "correct horse", new: "battery staple" } },
    ]);
    expect(await loadSession(file())).toMatchObject({ access: "a2", refresh: "r2" });
    expect(half).toMatchObject({ code: 1, err: "no password\n" });
  });
});

test("a name that could not be added is named, and the others are kept", async () => {
  answer = (path) =>
    path === "/v1/operator"
      ? [200, { key: "k" }]
      : [200, { people: [session("ann"), { name: "bob", code: "CONFLICT" }] }];
  await run(["operator", "claim", "CODE"]);

  const { code, err, out } = await run(["user", "add", "ann", "bob"]);

  expect([code, err]).toEqual([1, "bob was not added: CONFLICT\n"]);
  expect(out).toContain("1 added");
});

test("what needs the operator key says how to get it", async () => {
  expect(await run(["user", "add", "ann"])).toMatchObject({ code: 1, err: expect.stringContaining("operator claim") });
});

test("explain says so when the permission service is not there", async () => {
  const { code, err } = await run(["explain", "5", "send_message", "99999999999"]);

  expect([code, err]).toEqual([1, expect.stringContaining("could not say")]);
});
