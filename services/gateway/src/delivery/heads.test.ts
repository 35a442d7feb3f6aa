import { LIMITS } from "@guildhall/proto/tables";
import { fakeClock } from "@guildhall/testkit";
import { codecFor, encodeEvent } from "@guildhall/wire";
import { expect, test } from "vitest";
import { SILENT } from "../../test/silent-events.ts";
import { Session } from "../session/session.ts";
import { Heads } from "./heads.ts";
import { Lane } from "./lane.ts";
import { Partition } from "./partition.ts";

/** A lane of one partition whose movements are marked. */
function laneOf(g: number, heads: Heads): Lane {
  const events = { ...SILENT, stirred: (lane: Lane) => heads.mark(lane) };
  const lane = new Lane(g, 0, new Partition(0, { wanting() {}, replaced() {}, missed() {} }, 0), events, 0);
  lane.take({ ep: 1, term: 1, beacon: 0, s: 0, pv: 0, m: 0, at: 1, stored: 0, events: [] }, [], false);
  return lane;
}

function say(lane: Lane, s: number): void {
  const bytes = encodeEvent({ s, k: "text", u: 1, ts: 1, m: s, pv: 0, b: { t: "a" } });
  lane.receive({ g: lane.g, l: 0, s, pv: 0, pos: s, at: 1, flags: 0, bytes }, 1);
}

function watcher(...lanes: Lane[]) {
  const told: unknown[] = [];
  const socket = {
    buffered: 0,
    send(bytes: Uint8Array) {
      told.push((codecFor("msgpack").decodeServer(bytes) as unknown as { h: unknown }).h);
      return 1;
    },
    ping: () => 1,
    getBufferedAmount: () => socket.buffered,
    end() {},
    cork: (write: () => void) => write(),
  };
  const session = new Session("sid", socket, "msgpack", 0, { slow: 0 });
  for (const lane of lanes) lane.watchers.add(session, lane.last, []);
  return { session, socket, told };
}

test("the first head comes in the next turn, further ones once a second and only when something moved", () => {
  const clock = fakeClock();
  const heads = new Heads(clock, { heads: 0, headsSkipped: 0 });
  const lane = laneOf(5, heads);
  const { told } = watcher(lane);

  say(lane, 1);
  heads.turn();
  say(lane, 2);
  clock.advance(900);
  heads.turn();
  say(lane, 3);
  heads.turn();
  clock.advance(100);
  heads.turn();
  clock.advance(5_000);
  heads.turn();

  expect(told).toEqual([[[5, 0, 1, 1, 1, 0]], [[5, 0, 1, 3, 3, 0]]]);
});

test("who reads too slowly is told later, of every lane that moved meanwhile", () => {
  const clock = fakeClock();
  const counts = { heads: 0, headsSkipped: 0 };
  const heads = new Heads(clock, counts);
  const lanes = [laneOf(5, heads), laneOf(6, heads)] as const;
  const { socket, told } = watcher(...lanes);
  socket.buffered = LIMITS.bufferedSkipBytes;

  for (const lane of lanes) {
    say(lane, 1);
    heads.turn();
    clock.advance(2_000);
  }
  const before = told.length;
  socket.buffered = 0;
  heads.turn();

  expect([before, counts]).toEqual([0, { heads: 1, headsSkipped: 2 }]);
  expect(told).toEqual([
    [
      [5, 0, 1, 1, 1, 0],
      [6, 0, 1, 1, 1, 0],
    ],
  ]);
});

test("who has left is told nothing of the lane", () => {
  const heads = new Heads(fakeClock(), { heads: 0, headsSkipped: 0 });
  const lane = laneOf(5, heads);
  const { session, told } = watcher(lane);
  say(lane, 1);

  lane.watchers.delete(session);
  heads.turn();

  expect(told).toEqual([]);
});

test("a turn serves a bounded number, and the next the rest", () => {
  const clock = fakeClock();
  const heads = new Heads(clock, { heads: 0, headsSkipped: 0 });
  const lane = laneOf(5, heads);
  const watchers = Array.from({ length: 2_500 }, () => watcher(lane));
  say(lane, 1);

  heads.turn();
  const first = watchers.filter(({ told }) => told.length === 1).length;
  heads.turn();

  expect(first).toBe(2_000);
  expect(watchers.every(({ told }) => told.length === 1)).toBe(true);
});
