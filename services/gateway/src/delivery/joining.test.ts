import { localPermit } from "@guildhall/permit/local";
import { type GapFrame, SERVER_FRAME } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { fakeClock, until } from "@guildhall/testkit";
import { codecFor, encodeEvent } from "@guildhall/wire";
import { expect, test } from "vitest";
import { SILENT } from "../../test/silent-events.ts";
import { Session } from "../session/session.ts";
import { Flusher } from "./flusher.ts";
import { Heads } from "./heads.ts";
import { Joining } from "./joining.ts";
import { Lane } from "./lane.ts";
import { Partition } from "./partition.ts";

const TEXT_BYTES = 10_000;

/** A lane of `count` long messages, and a socket whose reader takes nothing until `drain`. */
function setUp(count: number, from = 0, head = count) {
  const lane = new Lane(1, 0, new Partition(0, { wanting() {}, replaced() {}, missed() {} }, 0), SILENT, 0);
  const events = Array.from({ length: count }, (_, i) => {
    const event = { s: i + 1, k: "text", u: 1, ts: 1, m: i + 1, pv: 0, b: { t: "x".repeat(TEXT_BYTES) } };
    return { g: 1, l: 0, s: i + 1, pv: 0, pos: i, at: 1, flags: 0, bytes: encodeEvent(event) };
  });
  const reply = { ep: 1, term: 1, beacon: 0, s: count, pv: 0, m: count, at: 1, stored: 0, events };
  lane.take(reply, [], false);
  const sent: Uint8Array[] = [];
  const socket = {
    buffered: 0,
    most: 0,
    ended: 0,
    send(bytes: Uint8Array) {
      sent.push(bytes);
      socket.buffered += bytes.length;
      socket.most = Math.max(socket.most, socket.buffered);
      return 0;
    },
    ping: () => 1,
    getBufferedAmount: () => socket.buffered,
    end(code: number) {
      socket.ended = code;
    },
    cork: (write: () => void) => write(),
  };
  const session = new Session("sid", socket, "msgpack", 0, { slow: 0 });
  session.person = { u: 1, dev: "d", auth: 0, exp: 0, endsAtMs: 0 };
  const answer = { ok: true, v: 0, lo: 0b1111, hi: 0, rank: 1 };
  const permit = localPermit({ check: () => answer, explain: () => Promise.reject(new Error("not asked")) });
  const joining = new Joining(
    {
      lanes: { open: async () => lane, held: () => lane },
      floors: { of: () => 0 },
      owner: { open: async () => ({ ...reply, s: head }) },
      permit,
      timeline: { range: () => Promise.reject(new Error("nothing is stored")) },
      flusher: new Flusher(0, fakeClock(), { deliveries: 0, frames: 0, bytes: 0 }),
      heads: new Heads(fakeClock(), { heads: 0, headsSkipped: 0 }),
      counts: { full: 0, gap: 0 },
      failed: () => {},
    },
    session,
    1,
    { ep: 1, s: from },
    "active",
  );
  const drain = () => {
    socket.buffered = 0;
    session.out.drained();
  };
  const ranges = () =>
    sent.map((bytes) => {
      const frame = codecFor("msgpack").decodeServer(bytes);
      return frame.t === SERVER_FRAME.ev ? [frame.a, frame.z] : frame;
    });
  return { lane, socket, session, joining, drain, ranges };
}

test("a replay goes at the reader's pace: it waits for room and is not taken for slowness", async () => {
  const { lane, socket, session, joining, drain, ranges } = setUp(40);

  const row = joining.run();
  await until(() => session.out.full);
  const first = ranges().length;
  expect(lane.audience.has(session)).toBe(false);
  const draining = setInterval(drain, 1);
  const joined = await row;
  clearInterval(draining);

  expect(first).toBeLessThan(3);
  expect(joined).toMatchObject({ s: 40, rec: "full" });
  expect(socket.most).toBeLessThan(LIMITS.bufferedSkipBytes + LIMITS.frameOutMaxBytes);
  expect(socket.ended).toBe(0);
  const sent = ranges() as [number, number][];
  expect(sent[0]?.[0]).toBe(1);
  for (const [i, [a]] of sent.entries()) if (i > 0) expect(a).toBe((sent[i - 1]?.[1] ?? 0) + 1);
  expect(sent.at(-1)?.[1]).toBe(40);
  expect(lane.audience.has(session)).toBe(true);
});

test("a replay of more than 1 MiB ends in a gap from where it has got", async () => {
  const { session, joining, drain, ranges } = setUp(150);
  const draining = setInterval(drain, 1);

  const joined = await joining.run();
  clearInterval(draining);

  const frames = ranges();
  const gap = frames.at(-1) as GapFrame;
  const last = frames.at(-2) as [number, number];
  expect(gap).toMatchObject({ t: SERVER_FRAME.gap, have: last[1], s: 150, why: "too_far" });
  expect(last[1] * TEXT_BYTES).toBeLessThan(LIMITS.replayMaxBytes + LIMITS.frameOutMaxBytes);
  expect(joined.rec).toBe("gap");
  expect(session.open).toBe(true);
});

test("a session that ends on the way is not joined", async () => {
  const { lane, session, joining } = setUp(40);

  const row = joining.run();
  await until(() => session.out.full);
  session.out.closed();

  await expect(row).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(lane.audience.size).toBe(0);
});

test("who comes from a gateway that had more waits for it, and has no gap", async () => {
  const { lane, joining, drain, ranges } = setUp(2, 3, 3);
  const draining = setInterval(drain, 1);

  const row = joining.run();
  await until(() => lane.expected === 3);
  const bytes = encodeEvent({ s: 3, k: "text", u: 1, ts: 1, m: 3, pv: 0, b: { t: "late" } });
  lane.receive({ g: 1, l: 0, s: 3, pv: 0, pos: 3, at: 1, flags: 0, bytes }, 1);

  expect(await row).toMatchObject({ s: 3, rec: "full" });
  clearInterval(draining);
  expect(ranges()).toEqual([]);
});

test("a cursor beyond what the owner has is answered with a gap at once, and nothing is expected", async () => {
  const { lane, joining, ranges } = setUp(2, 9, 2);

  expect(await joining.run()).toMatchObject({ s: 2, rec: "gap" });
  expect(ranges()).toMatchObject([{ t: SERVER_FRAME.gap, have: 9, s: 2, why: "future" }]);
  expect(lane.expected).toBeLessThan(9);
});
