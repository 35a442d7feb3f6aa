import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { systemClock } from "@guildhall/kernel";
import { EVENT_FLAGS, type Event } from "@guildhall/proto";
import { type Encoding, LIMITS } from "@guildhall/proto/tables";
import { fakeClock } from "@guildhall/testkit";
import { codecFor, encodeEvent } from "@guildhall/wire";
import { describe, expect, test, vi } from "vitest";
import { SILENT } from "../../test/silent-events.ts";
import { Session } from "../session/session.ts";
import type { Socket } from "../session/socket.ts";
import { Flusher } from "./flusher.ts";
import { Lane } from "./lane.ts";
import { Partition } from "./partition.ts";
import { type KeptEvent, kept } from "./ring.ts";

function laneOf(): Lane {
  const lane = new Lane(5, 0, new Partition(0, { wanting() {}, replaced() {}, missed() {} }, 0), SILENT, 0);
  lane.ep = 1;
  return lane;
}

function event(s: number, text = "hello"): KeptEvent {
  const bytes = encodeEvent({ s, k: "text", u: 1, ts: 1, m: s, pv: 0, b: { t: text } });
  return kept({ g: 5, l: 0, s, pv: 0, pos: s, at: 1, flags: 0, bytes });
}

/** A socket that keeps what it is sent; `buffered` is what it says still waits. */
function socketOf(buffered = 0) {
  const sent: Uint8Array[] = [];
  const socket = {
    sent,
    buffered,
    corks: 0,
    ended: 0,
    send(bytes: Uint8Array) {
      sent.push(bytes);
      return 1;
    },
    ping: () => 1,
    getBufferedAmount: () => socket.buffered,
    end(code: number) {
      socket.ended = code;
    },
    cork(write: () => void) {
      socket.corks++;
      write();
    },
  };
  return socket;
}

const outCounts = () => ({ slow: 0 });
const counts = () => ({ deliveries: 0, frames: 0, bytes: 0 });

function join(lane: Lane, socket: Socket, encoding: Encoding = "msgpack"): Session {
  const session = new Session("sid", socket, encoding, 0, outCounts());
  lane.audience.add(session);
  return session;
}

test("an idle lane is flushed in the same turn, a busy one once in the gather time", async () => {
  const clock = fakeClock();
  const lane = laneOf();
  const socket = socketOf();
  join(lane, socket);
  const flusher = new Flusher(20, clock, counts());
  const say = (s: number) => {
    lane.pending.push(event(s));
    flusher.mark(lane);
    flusher.settle();
  };

  say(1);
  expect(socket.sent).toHaveLength(1);
  for (let s = 2; s <= 50; s++) say(s);
  expect(socket.sent).toHaveLength(1);
  await vi.waitFor(() => expect(socket.sent).toHaveLength(2));
  clock.advance(20);
  say(51);

  expect(socket.sent).toHaveLength(3);
  const frames = socket.sent.map((bytes) => codecFor("msgpack").decodeServer(bytes));
  expect(frames).toMatchObject([
    { a: 1, z: 1 },
    { a: 2, z: 50 },
    { a: 51, z: 51 },
  ]);
});

test("each encoding gets one frame, made once for all of its sessions", () => {
  const lane = laneOf();
  const [one, two, three] = [socketOf(), socketOf(), socketOf()];
  join(lane, one);
  join(lane, two);
  join(lane, three, "json");
  const counted = counts();
  const flusher = new Flusher(2, fakeClock(), counted);
  lane.pending = [event(1), event(2)];

  flusher.flush(lane);

  expect(one.sent[0]).toBe(two.sent[0]);
  expect(codecFor("json").decodeServer(three.sent[0] ?? new Uint8Array())).toMatchObject({ a: 1, z: 2 });
  expect(counted).toMatchObject({ deliveries: 6, frames: 3 });
  expect(one.corks).toBe(0);
  expect(lane.pending).toEqual([]);
});

test("how long a delivery took is told once a flush, of its oldest event, and only where somebody listens", () => {
  const lane = laneOf();
  const clock = fakeClock();
  const told: number[] = [];
  const flusher = new Flusher(2, clock, counts(), (seconds) => told.push(seconds));
  const at = clock.nowMs();
  lane.pending = [{ ...event(1), at }];
  flusher.flush(lane);
  join(lane, socketOf());
  lane.pending = [
    { ...event(2), at: at - 250 },
    { ...event(3), at },
  ];
  flusher.flush(lane);
  lane.pending = [{ ...event(4), at: at + 1_000 }];
  flusher.flush(lane);

  expect(told).toEqual([0.25, 0]);
});

test.each(["msgpack", "json"] as const)("what is too large for one %s frame goes in several, corked", (encoding) => {
  const lane = laneOf();
  const socket = socketOf();
  join(lane, socket, encoding);
  lane.pending = Array.from({ length: 40 }, (_, i) => event(i + 1, "ü".repeat(3_000)));

  new Flusher(2, fakeClock(), counts()).flush(lane);

  const frames = socket.sent.map((bytes) => codecFor(encoding).decodeServer(bytes)) as { a: number; z: number }[];
  expect(frames.length).toBeGreaterThan(3);
  expect(Math.max(...socket.sent.map(({ length }) => length))).toBeLessThanOrEqual(LIMITS.frameOutMaxBytes);
  expect([frames[0]?.a, frames.at(-1)?.z]).toEqual([1, 40]);
  for (const [i, { a }] of frames.entries()) if (i > 0) expect(a).toBe((frames[i - 1]?.z ?? 0) + 1);
  expect(socket.corks).toBe(1);
});

test("a session that lets too much pile up is closed on the way, and no other misses anything", () => {
  const lane = laneOf();
  const sockets = Array.from({ length: 10 }, (_, i) => socketOf(i % 3 === 0 ? LIMITS.bufferedCloseBytes : 0));
  for (const socket of sockets) {
    const session = join(lane, socket);
    const { end } = socket;
    // As the gateway does when a socket has closed.
    socket.end = (code) => {
      end(code);
      lane.audience.delete(session);
    };
  }
  lane.pending = [event(1)];

  new Flusher(2, fakeClock(), counts()).flush(lane);

  expect(sockets.map(({ ended, sent }) => (ended === 0 ? sent.length : ended))).toEqual([
    4001, 1, 1, 4001, 1, 1, 4001, 1, 1, 4001,
  ]);
  expect(lane.audience.size).toBe(6);
});

test("a flush to 1,000 sessions makes no object a session", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const lane = laneOf();
  const socket: Socket = {
    send: () => 1,
    ping: () => 1,
    getBufferedAmount: () => 0,
    end() {},
    cork: (write) => write(),
  };
  const sessions = Array.from({ length: 1_000 }, () => join(lane, socket));
  const flusher = new Flusher(0, systemClock, counts());
  const rounds = (n: number) => {
    for (let i = 0; i < n; i++) {
      lane.pending = [event(1)];
      flusher.flush(lane);
    }
  };
  const grown = (n: number) => {
    collect();
    const before = process.memoryUsage().heapUsed;
    rounds(n);
    return process.memoryUsage().heapUsed - before;
  };
  rounds(500);

  const withAll = grown(100);
  for (const session of sessions.slice(1)) lane.audience.delete(session);
  const withOne = grown(100);

  // The smallest object is 16 bytes; one a delivery would be 1.6 MB.
  expect(withAll - withOne).toBeLessThan(400_000);
});

describe("what is not for everybody", () => {
  function official(s: number): KeptEvent {
    const bytes = encodeEvent({ s, k: "text", u: 0, ts: 1, m: s, pv: 0, b: { t: "hello" }, gr: 1, by: 77 });
    return kept({ g: 5, l: 0, s, pv: 0, pos: s, at: 1, flags: EVENT_FLAGS.veiled, bytes });
  }
  const speakers = (encoding: Encoding, sent: readonly Uint8Array[]) =>
    sent.flatMap((bytes) => {
      const frame = codecFor(encoding).decodeServer(bytes);
      return "e" in frame ? (frame.e as Event[]).map(({ s, by }) => [s, by]) : [];
    });

  test.each<Encoding>(["msgpack", "json"])(
    "goes whole to who sees it and without the speaker to the others: %s",
    (encoding) => {
      const clock = fakeClock();
      const lane = laneOf();
      const sockets = [socketOf(), socketOf(), socketOf()];
      const [seeing] = sockets.map((socket) => join(lane, socket, encoding));
      if (seeing !== undefined) lane.audience.see(seeing, true);
      const flusher = new Flusher(0, clock, counts());

      lane.pending.push(event(1), official(2), event(3));
      lane.veiled = true;
      flusher.flush(lane);

      expect(sockets.map(({ sent }) => speakers(encoding, sent))).toEqual([
        [
          [1, undefined],
          [2, 77],
          [3, undefined],
        ],
        [
          [1, undefined],
          [2, undefined],
          [3, undefined],
        ],
        [
          [1, undefined],
          [2, undefined],
          [3, undefined],
        ],
      ]);
      // Two variants, however many listen.
      expect(new Set(sockets.flatMap(({ sent }) => sent)).size).toBe(2);
    },
  );

  test("who is doubted counts as one who does not see it", () => {
    const lane = laneOf();
    const socket = socketOf();
    const session = join(lane, socket);
    lane.audience.see(session, true);
    lane.audience.doubtAll();

    lane.pending.push(official(1));
    lane.veiled = true;
    new Flusher(0, fakeClock(), counts()).flush(lane);

    expect(speakers("msgpack", socket.sent)).toEqual([[1, undefined]]);
    expect([...lane.audience.unsure]).toEqual([session]);
  });

  test("a lane waits while it is asked who sees it, and is flushed when that is over", () => {
    const lane = laneOf();
    const socket = socketOf();
    join(lane, socket);
    const flusher = new Flusher(0, fakeClock(), counts());
    lane.asking = true;
    lane.pending.push(official(1));
    lane.veiled = true;

    flusher.mark(lane);
    flusher.settle();
    expect(socket.sent).toHaveLength(0);
    lane.asking = false;
    flusher.flush(lane);

    expect(speakers("msgpack", socket.sent)).toEqual([[1, undefined]]);
  });
});
