import { rename, stat, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { memoryBus } from "@guildhall/bus/memory";
import { Closers, randomId, systemClock } from "@guildhall/kernel";
import { permitContract } from "@guildhall/permit/contract";
import { encodeFrames, FRAME_MAX_BYTES, FrameDecoder } from "@guildhall/permit/framing";
import { CALL, decodeReply, encodeRequest, questionBody, type Reply, readAnswer } from "@guildhall/permit/messages";
import { sidecarPermit } from "@guildhall/permit/sidecar";
import type { Question } from "@guildhall/proto";
import { Registry } from "@guildhall/telemetry";
import { silentLog } from "@guildhall/telemetry/log";
import { scratchFolder } from "@guildhall/testkit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ANN, type Bench, OWNER, startBench } from "../../test/bench.ts";
import { FakeOwner } from "../../test/fake-owner.ts";
import { type Permission, startPermission } from "../permission.ts";
import { IN_FLIGHT_MAX } from "./connection.ts";

type ContractFacts = Parameters<Parameters<typeof permitContract>[1]>[0];

async function startWith({
  group,
  members,
}: ContractFacts): Promise<{ permission: Permission; close(): Promise<void> }> {
  const closers = new Closers();
  const folder = closers.use(await scratchFolder());
  const bus = closers.use(memoryBus(() => {}));
  const config = { socketPath: `${folder.path}/p.sock`, partitions: 4, groupsMax: 100, membersPerGroupMax: 100 };
  const owner = await FakeOwner.open(bus, config.partitions);
  owner.add(group, members);
  const ports = { bus, clock: systemClock, registry: new Registry(), log: silentLog };
  const permission = closers.use(await startPermission(config, ports));
  return { permission, close: () => closers[Symbol.asyncDispose]() };
}

permitContract("the sidecar in the same process", async (facts) => {
  const { permission, close } = await startWith(facts);
  return { permit: permission.permit, close };
});

permitContract("the sidecar over its socket", async (facts) => {
  const { permission, close } = await startWith(facts);
  return { permit: sidecarPermit({ path: permission.socketPath }), close };
});

let bench: Bench;
let sockets: Socket[];

beforeEach(async () => {
  bench = await startBench();
  sockets = [];
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await bench[Symbol.asyncDispose]();
});

const question = (more: Partial<Question> = {}): Question => ({
  g: bench.g,
  u: ANN,
  need: ["SEND_MESSAGE"],
  auth: 0,
  minV: 0,
  ...more,
});

/** A client that sends what the test says. */
async function dial() {
  const replies: Reply[] = [];
  const socket = connect(bench.permission.socketPath);
  sockets.push(socket);
  const decoder = new FrameDecoder((payload) => replies.push(decodeReply(payload)));
  let chunks = 0;
  socket.on("data", (chunk) => {
    chunks++;
    decoder.push(chunk);
  });
  socket.on("error", () => {});
  let closed = false;
  socket.on("close", () => {
    closed = true;
  });
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  return {
    socket,
    replies,
    chunks: () => chunks,
    isClosed: () => closed,
    answers: () => replies.map(({ n, body }) => [n, readAnswer(body)]),
  };
}

test("many questions in one write are answered in one write", async () => {
  await bench.check(ANN, "SEND_MESSAGE");
  const client = await dial();
  const requests = Array.from({ length: 200 }, (_, n) => encodeRequest(n, CALL.check, questionBody(question())));

  client.socket.write(encodeFrames(requests));

  await vi.waitFor(() => expect(client.replies).toHaveLength(200));
  expect(client.chunks()).toBe(1);
  expect(client.replies.map(({ n }) => n)).toEqual(requests.map((_, n) => n));
});

test("of checks in one frame, what is known is answered at once under numbers that follow on each other", async () => {
  await bench.check(ANN, "SEND_MESSAGE");
  const client = await dial();
  const elsewhere = randomId();
  const bodies = [question(), question({ g: elsewhere }), question()].map(questionBody);

  client.socket.write(encodeFrames([encodeRequest(0xffff_ffff, CALL.checks, [...bodies, "nothing"])]));

  await vi.waitFor(() => expect(client.replies).toHaveLength(2));
  const [known, later] = client.replies;
  const answers = known?.body as unknown[];
  expect(known).toMatchObject({ n: 0xffff_ffff, many: true });
  expect(answers.map((body) => readAnswer(body)?.ok)).toEqual([true, undefined, true, false]);
  expect(answers[1]).toBeNull();
  expect([later?.n, later?.many, readAnswer(later?.body)?.why]).toEqual([0, false, "NO_GROUP"]);
});

test("a frame that says it has checks and has none ends the connection", async () => {
  const client = await dial();

  client.socket.write(encodeFrames([encodeRequest(1, CALL.checks, "everything")]));

  await vi.waitFor(() => expect(client.isClosed()).toBe(true));
});

test("what is known of a group and of somebody in it can be asked", async () => {
  const client = await dial();

  client.socket.write(
    encodeFrames([
      encodeRequest(1, CALL.facts, [bench.g, ANN]),
      encodeRequest(2, CALL.facts, [bench.g + 1, ANN]),
      encodeRequest(3, CALL.facts, "everything"),
    ]),
  );

  await vi.waitFor(() => expect(client.replies).toHaveLength(3));
  const bodies = new Map(client.replies.map(({ n, body }) => [n, body]));
  expect(bodies.get(1)).toMatchObject([
    { g: bench.g, v: 1, owner: OWNER },
    { roles: [], mute: 0 },
  ]);
  expect(bodies.get(2)).toEqual([null, null]);
  expect(bodies.get(3)).toBeNull();
});

test("a question that cannot be read is unknown, and the others are answered", async () => {
  const client = await dial();

  client.socket.write(
    encodeFrames([
      encodeRequest(1, CALL.check, [1, 2, 3]),
      encodeRequest(2, 99, null),
      encodeRequest(3, CALL.checkMany, [null, questionBody(question())]),
      encodeRequest(4, CALL.checkMany, "all"),
      encodeRequest(5, CALL.check, questionBody(question())),
    ]),
  );

  await vi.waitFor(() => expect(client.replies).toHaveLength(5));
  const bodies = new Map(client.replies.map(({ n, body }) => [n, body]));
  expect(readAnswer(bodies.get(1))).toMatchObject({ ok: false, why: "UNKNOWN" });
  expect(bodies.get(2)).toBeNull();
  expect((bodies.get(3) as unknown[]).map(readAnswer)).toMatchObject([{ ok: false, why: "UNKNOWN" }, { ok: true }]);
  expect(bodies.get(4)).toBeNull();
  expect(readAnswer(bodies.get(5))).toMatchObject({ ok: true });
});

test.each<[string, () => Uint8Array]>([
  ["a frame past the bound", () => Uint8Array.of(0, 4, 0, 1)],
  ["an empty frame", () => Uint8Array.of(0, 0, 0, 0)],
  ["bytes that are not MessagePack", () => encodeFrames([Uint8Array.of(0xc1)])],
  ["a value that is no request", () => encodeFrames([Uint8Array.of(0x80)])],
])("%s ends that connection and no other", async (_, bytes) => {
  const [bad, good] = [await dial(), await dial()];

  bad.socket.write(bytes());

  await vi.waitFor(() => expect(bad.isClosed()).toBe(true));
  good.socket.write(encodeFrames([encodeRequest(1, CALL.check, questionBody(question()))]));
  await vi.waitFor(() => expect(good.answers()).toMatchObject([[1, { ok: true }]]));
  expect(FRAME_MAX_BYTES).toBe(0x4_0000);
});

test("questions that wait for facts are bounded a connection; those beyond are unknown at once", async () => {
  let release = () => {};
  bench.owner.held = new Promise((resolve) => {
    release = resolve;
  });
  const client = await dial();
  const other = await dial();
  const requests = Array.from({ length: IN_FLIGHT_MAX + 5 }, (_, n) =>
    encodeRequest(n, CALL.check, questionBody(question())),
  );
  client.socket.write(encodeFrames(requests));
  await vi.waitFor(() => expect(client.replies).toHaveLength(5));
  expect(client.answers().map(([, answer]) => answer)).toMatchObject(Array(5).fill({ ok: false, why: "UNKNOWN" }));

  other.socket.write(encodeFrames([encodeRequest(1, CALL.check, questionBody(question()))]));
  release();

  await vi.waitFor(() => expect(client.replies).toHaveLength(IN_FLIGHT_MAX + 5));
  expect(client.replies.slice(5).every(({ body }) => readAnswer(body)?.ok === true)).toBe(true);
  await vi.waitFor(() => expect(other.answers()).toMatchObject([[1, { ok: true }]]));
});

test("a client that does not read its answers is not read from, and gets all of them later", async () => {
  await bench.check(ANN, "SEND_MESSAGE");
  const client = await dial();
  client.socket.pause();
  const count = 60_000;
  const body = questionBody(question());
  for (let n = 0; n < count; n += 1_000) {
    client.socket.write(encodeFrames(Array.from({ length: 1_000 }, (_, i) => encodeRequest(n + i, CALL.check, body))));
  }
  const other = sidecarPermit({ path: bench.permission.socketPath });
  for (let turn = 0; turn < 200; turn++) expect(await other.check(question())).toMatchObject({ ok: true });
  await other[Symbol.asyncDispose]();
  expect(client.socket.writableLength).toBeGreaterThan(0);

  client.socket.resume();

  await vi.waitFor(() => expect(client.replies).toHaveLength(count), { timeout: 10_000 });
});

describe("the socket file", () => {
  test("is for its user alone, and gone after the end", async () => {
    const { socketPath } = bench.permission;
    expect((await stat(socketPath)).mode & 0o777).toBe(0o600);

    await bench.permission[Symbol.asyncDispose]();

    await expect(stat(socketPath)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("left by a process that ended is taken away", async () => {
    await using folder = await scratchFolder();
    const path = `${folder.path}/left.sock`;
    await leaveSocket(path);

    await using started = await startBench({ socketPath: path });

    const permit = sidecarPermit({ path });
    const asked = { ...question(), g: started.g };
    expect(await permit.check(asked)).toMatchObject({ ok: true });
    await permit[Symbol.asyncDispose]();
  });

  test("of a process that answers stays, and the second one does not start", async () => {
    await expect(startBench({ socketPath: bench.permission.socketPath })).rejects.toThrow(/already answers/);

    const client = await dial();
    client.socket.write(encodeFrames([encodeRequest(1, CALL.check, questionBody(question()))]));
    await vi.waitFor(() => expect(client.answers()).toMatchObject([[1, { ok: true }]]));
  });

  test("does not replace a file that is no socket", async () => {
    await using folder = await scratchFolder();
    const path = `${folder.path}/precious`;
    await writeFile(path, "mine");

    await expect(startBench({ socketPath: path })).rejects.toThrow(/is no socket/);

    expect((await stat(path)).size).toBe(4);
  });

  test("cannot have a path longer than the kernel takes", async () => {
    await expect(startBench({ socketPath: `/tmp/${"x".repeat(110)}` })).rejects.toThrow(/longer than 107 bytes/);
  });
});

/** Makes a socket file that nobody serves. */
async function leaveSocket(path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(`${path}.live`, resolve));
  await rename(`${path}.live`, path);
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
