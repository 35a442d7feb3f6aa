import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Question } from "@guildhall/proto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { encodeFrames, FrameDecoder } from "./framing.ts";
import { answerBody, CALL, decodeRequest, encodeReplies, encodeReply, numberAfter, type Request } from "./messages.ts";
import type { Permit } from "./permit.ts";
import { IN_FLIGHT_MAX } from "./pipeline.ts";
import { sidecarPermit } from "./sidecar.ts";

const question: Question = { g: 1, u: 2, need: ["SEND_MESSAGE"], auth: 0, minV: 0 };
const yes = { ok: true, v: 1, lo: 8, hi: 0, rank: 100 };
const unknown = { ok: false, why: "UNKNOWN" };

let folder: string;
let path: string;
let closing: (() => Promise<unknown>)[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "permit-"));
  path = join(folder, "p.sock");
  closing = [];
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
  await rm(folder, { recursive: true });
});

type Handler = (request: Request, socket: Socket) => void;

/** A frame of checks as the single checks that it stands for. */
function single({ n, call, body }: Request): Request[] {
  if (call !== CALL.checks || !Array.isArray(body)) return [{ n, call, body }];
  return body.map((one: unknown, place) => ({ n: numberAfter(n, place), call: CALL.check, body: one }));
}

/** A server that does with each request what the test says. */
function serve(onRequest: Handler) {
  return serveFrames((request, socket) => {
    for (const one of single(request)) onRequest(one, socket);
  });
}

/** The same, with checks as they came. */
async function serveFrames(onRequest: Handler) {
  const sockets = new Set<Socket>();
  const chunks: number[] = [];
  const server: Server = createServer((socket) => {
    const decoder = new FrameDecoder((payload) => onRequest(decodeRequest(payload), socket));
    sockets.add(socket);
    socket.on("data", (chunk) => {
      chunks.push(chunk.length);
      decoder.push(chunk);
    });
    socket.on("error", () => {});
  });
  const listening = new Promise<void>((resolve) => server.listen(path, resolve));
  await listening;
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  closing.push(stop);
  return { chunks, sockets, stop };
}

function open(timeoutMs = 1_000): Permit {
  const permit = sidecarPermit({ path, timeoutMs });
  closing.push(async () => permit[Symbol.asyncDispose]());
  return permit;
}

const allow: Handler = ({ n }, socket) => void socket.write(encodeFrames([encodeReply(n, answerBody(yes))]));

test("what is asked within one turn goes out in one write", async () => {
  const { chunks } = await serve(allow);
  const permit = open();
  await permit.check(question);
  chunks.length = 0;

  await Promise.all(Array.from({ length: 100 }, async () => permit.check(question)));

  expect(chunks).toHaveLength(1);
});

test("checks of one turn go in one frame, and those that are answered at once are not kept by the others", async () => {
  const requests: Request[] = [];
  let late = () => {};
  await serveFrames(({ n, call, body }, socket) => {
    requests.push({ n, call, body });
    const write = (reply: Uint8Array) => void socket.write(encodeFrames([reply]));
    if (call === CALL.check) return write(encodeReply(n, answerBody(yes)));
    write(encodeReplies(n, [answerBody({ ...yes, v: 10 }), null, answerBody({ ...yes, v: 12 })]));
    late = () => write(encodeReply(numberAfter(n, 1), answerBody({ ...yes, v: 11 })));
  });
  const permit = open();
  await permit.check(question);

  const [first, second, third] = [1, 2, 3].map(() => permit.check(question));

  expect((await first)?.v).toBe(10);
  expect((await third)?.v).toBe(12);
  late();
  expect((await second)?.v).toBe(11);
  expect(requests.map(({ call }) => call)).toEqual([CALL.check, CALL.checks]);
});

test("a question that cannot be written down is unknown, and the others of its turn are answered", async () => {
  await serve(allow);
  const permit = open();
  await permit.check(question);

  const answers = await Promise.all([
    permit.check(question),
    permit.check({ ...question, g: 1n as unknown as number }),
    permit.check({ ...question, need: ["NO_SUCH_BIT" as "SEND_MESSAGE"] }),
    permit.check(question),
  ]);

  expect(answers.map(({ ok }) => ok)).toEqual([true, false, false, true]);
});

test("answers out of order find their questions", async () => {
  const held: Request[] = [];
  await serve((request, socket) => {
    held.push(request);
    if (held.length < 3) return;
    const replies = held.map(({ n }, i) => encodeReply(n, answerBody({ ...yes, v: i })));
    socket.write(encodeFrames(replies.reverse()));
  });
  const permit = open();

  const answers = await Promise.all([1, 2, 3].map(async () => permit.check(question)));

  expect(answers.map((answer) => answer.v)).toEqual([0, 1, 2]);
});

test("what is not answered in time is unknown, and a late answer reaches nobody", async () => {
  let late: (() => void) | undefined;
  await serve(({ n }, socket) => {
    if (n === 0) late = () => allow({ n, call: 1, body: null }, socket);
    else allow({ n, call: 1, body: null }, socket);
  });
  const permit = open(50);

  expect(await permit.check(question)).toMatchObject(unknown);
  late?.();

  expect(await permit.check(question)).toEqual(yes);
});

test("without a server everything is unknown in time", async () => {
  const permit = open(50);

  expect(await permit.check(question)).toMatchObject(unknown);
  expect(await permit.checkMany([question, question])).toMatchObject([unknown, unknown]);
  expect(await permit.explain(question)).toMatchObject({ answer: unknown, because: [expect.any(String)] });
});

test("what is asked before there is a connection waits for it", async () => {
  const permit = open();
  const answer = permit.check(question);

  await serve(allow);

  expect(await answer).toEqual(yes);
});

test("a connection that breaks makes what was sent unknown at once, and is made again", async () => {
  const first = await serve((_, socket) => void socket.destroy());
  const permit = open(60_000);
  expect(await permit.check(question)).toMatchObject(unknown);
  await first.stop();

  await serve(allow);

  await vi.waitFor(async () => expect(await permit.check(question)).toEqual(yes), { timeout: 5_000 });
});

test("past the bound in flight a question is unknown at once, and the others are answered", async () => {
  const held: (() => void)[] = [];
  await serve((request, socket) => void held.push(() => allow(request, socket)));
  const permit = open(10_000);
  const asked = Array.from({ length: IN_FLIGHT_MAX }, async () => permit.check(question));

  expect(await permit.check(question)).toMatchObject(unknown);
  await vi.waitFor(() => expect(held).toHaveLength(IN_FLIGHT_MAX));
  for (const answer of held) answer();

  expect((await Promise.all(asked)).every((answer) => answer.ok)).toBe(true);
});

test.each<[string, Uint8Array]>([
  ["bytes that are no frame", Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1)],
  ["a frame that is no reply", encodeFrames([Uint8Array.of(1)])],
])("%s end the connection, and are never a yes", async (_, bytes) => {
  let bad = true;
  await serve((request, socket) => {
    if (bad) socket.write(bytes);
    else allow(request, socket);
    bad = false;
  });
  const permit = open();

  expect(await permit.check(question)).toMatchObject(unknown);

  await vi.waitFor(async () => expect(await permit.check(question)).toEqual(yes), { timeout: 5_000 });
});

test.each<[string, unknown]>([
  ["null", null],
  ["true", true],
  ["one that is too short", [0, 1]],
])("an answer that cannot be read (%s) is never a yes", async (_, body) => {
  await serve(({ n }, socket) => void socket.write(encodeFrames([encodeReply(n, body)])));
  const permit = open();

  expect(await permit.check(question)).toMatchObject(unknown);
  expect(await permit.checkMany([question])).toMatchObject([unknown]);
  expect(await permit.explain(question)).toMatchObject({ answer: unknown });
});

test("a server that does not read is not written to without end", async () => {
  const { sockets } = await serve(() => {});
  const permit = open(60_000);
  await vi.waitFor(() => expect(sockets.size).toBe(1));
  for (const socket of sockets) socket.pause();

  const many = Array.from({ length: 256 }, () => question);
  let refused = 0;
  for (let turn = 0; turn < 40; turn++) {
    for (let i = 0; i < 40; i++) {
      void permit.checkMany(many).then((answers) => {
        if (answers[0]?.why === "UNKNOWN") refused++;
      });
    }
    await new Promise((resolve) => setImmediate(resolve));
  }

  expect(refused).toBeGreaterThan(0);
});
