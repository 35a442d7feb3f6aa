import { EVENT_FLAGS, type LaneEvent } from "@guildhall/proto";
import { encodeEvent } from "@guildhall/wire";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Session } from "../session/session.ts";
import { Lane, type Opened } from "./lane.ts";
import { Partition } from "./partition.ts";

const BYTES = encodeEvent({ s: 1, k: "text", u: 1, ts: 1, m: 1, pv: 0, b: {} });

function event(s: number, flags = 0): LaneEvent {
  return { g: 1, l: 0, s, pv: flags === 0 ? 0 : s, pos: s, at: s, flags, bytes: BYTES };
}

const range = (a: number, z: number) => Array.from({ length: Math.max(0, z - a + 1) }, (_, i) => a + i);

function opened(s: number, first = 1, more: Partial<Opened> = {}): Opened {
  const events = range(first, s).map((each) => event(each));
  return { ep: 1, term: 1, beacon: 0, s, pv: 0, m: 0, at: 0, stored: 0, events, ...more };
}

/** A lane with one listener, and all that it tells, in order. */
function laneOf() {
  const told: string[] = [];
  const partition = new Partition(0, { wanting: () => told.push("wanting"), replaced() {}, missed() {} }, 0);
  const lane: Lane = new Lane(
    1,
    0,
    partition,
    {
      pending: () => {},
      flush: () => {
        told.push(...lane.pending.map(({ s }) => `sent ${s}`));
        lane.pending = [];
      },
      removal: (_, { s }) => told.push(`removal ${s}`),
      permission: (_, { s }) => told.push(`permission ${s}`),
      unsure: () => told.push("unsure"),
      stirred: () => told.push("stirred"),
      moved: (_, { active }, have, why) => told.push(`moved ${have} ${why} ${active.length}`),
      wanting: () => told.push("wanting"),
      expecting: () => told.push("expecting"),
      repeated: () => told.push("repeated"),
    },
    0,
  );
  partition.lanes.set(1, lane);
  const socket = {
    send: () => 1,
    ping: () => 1,
    getBufferedAmount: () => 0,
    end() {},
    cork: (write: () => void) => write(),
  };
  const session = new Session("sid", socket, "msgpack", 0, { slow: 0 });
  const applied = () => lane.ring.range(0, Number.MAX_SAFE_INTEGER).map(({ s }) => s);
  return { lane, partition, session, told, applied };
}

test("events that come before the answer are kept and join it", () => {
  const { lane, applied } = laneOf();

  lane.receive(event(6), 1);
  lane.receive(event(4), 1);
  lane.take(opened(5, 3), [], false);

  expect(lane.state).toBe("live");
  expect(applied()).toEqual([3, 4, 5, 6]);
  expect(lane.last).toBe(6);
});

test("what is known to exist before the answer is expected after it, if it is of the same epoch", () => {
  const { lane } = laneOf();
  lane.expect(7, 1);
  lane.take(opened(5), [], false);

  expect([lane.last, lane.expected, lane.incomplete]).toEqual([5, 7, true]);

  const other = laneOf().lane;
  other.expect(7, 1);
  other.take(opened(5, 1, { ep: 2 }), [], false);
  other.expect(9, 1);

  expect([other.last, other.expected, other.incomplete]).toEqual([5, 0, false]);
});

test("behind a hole nothing is applied until it is filled", () => {
  const { lane, told, applied } = laneOf();
  lane.take(opened(2), [], false);

  lane.receive(event(5), 1);
  expect(applied()).toEqual([1, 2]);
  lane.receive(event(3), 1);
  lane.receive(event(4), 1);

  expect(applied()).toEqual([1, 2, 3, 4, 5]);
  expect(told).toContain("wanting");
  expect(lane.incomplete).toBe(false);
});

test("in doubt it holds what comes, and loses nothing", () => {
  const { lane, applied } = laneOf();
  lane.take(opened(2), [], false);

  lane.doubt(7);
  lane.receive(event(3), 1);
  expect(applied()).toEqual([1, 2]);
  lane.take(opened(2, 1, { beacon: 7 }), [], false);

  expect(applied()).toEqual([1, 2, 3]);
});

test("more than 1,000 held events are let go, and asked for again", () => {
  const { lane, applied } = laneOf();
  lane.take(opened(2), [], false);

  for (let s = 4; s <= 1_200; s++) lane.receive(event(s), 1);
  expect(lane.incomplete).toBe(true);
  lane.take(opened(1_200), [], false);

  expect(applied()).toEqual(range(1, 1_200));
  expect(lane.incomplete).toBe(false);
});

test("a removal is told when it is the newest, and what was behind it comes after", () => {
  const { lane, told, session } = laneOf();
  lane.take(opened(2), [], false);
  lane.audience.add(session);

  lane.receive(event(4), 1);
  lane.receive(event(3, EVENT_FLAGS.permission | EVENT_FLAGS.removal), 1);

  expect(told).toEqual(["wanting", "permission 3", "removal 3"]);
  expect(lane.pv).toBe(3);
  expect(lane.last).toBe(4);
});

test("a new epoch lets the audience go where it stood, and forgets what was held of the old one", () => {
  const { lane, told, session, applied } = laneOf();
  lane.take(opened(5), [], false);
  lane.audience.add(session);
  lane.receive(event(6), 1);
  lane.receive(event(9), 1);
  lane.doubt(0);
  lane.receive(event(4), 2);

  lane.take(opened(3, 2, { ep: 2 }), [], false);

  expect(told).toEqual(["wanting", "sent 6", "moved 6 epoch 1"]);
  expect(applied()).toEqual([2, 3, 4]);
  expect(lane.audience.size).toBe(0);
});

test("who waits for a seq learns whether it came", async () => {
  const { lane } = laneOf();
  lane.take(opened(2), [], false);

  const [soon, never, past] = [lane.reach(3, 1_000), lane.reach(9, 20), lane.reach(2, 1_000)];
  lane.receive(event(3), 1);

  expect(await Promise.all([soon, never, past])).toEqual([true, false, true]);
  const closing = lane.reach(9, 1_000);
  lane.close();
  expect(await closing).toBe(false);
});

test("whatever is lost, doubled, late or reordered: what is applied is 1, 2, 3 …, and answers complete it", () => {
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant("event" as const), s: fc.integer({ min: 1, max: 40 }) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("answer" as const), s: fc.integer({ min: 1, max: 40 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("doubt" as const), s: fc.constant(0) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const { lane, session, told, applied } = laneOf();
      lane.take(opened(0), [], false);
      lane.audience.add(session);
      for (const { kind, s } of steps) {
        if (kind === "event") lane.receive(event(s), 1);
        else if (kind === "doubt") lane.doubt(0);
        else lane.take(opened(Math.max(s, lane.last), 1), [], false);
      }
      lane.take(opened(40), [], false);

      expect(applied()).toEqual(range(1, 40));
      expect(lane.pending.map(({ s }) => s)).toEqual(range(1, 40));
      expect(told.filter((each) => each.startsWith("moved"))).toEqual([]);
      expect(lane.incomplete).toBe(false);
    }),
    { numRuns: 300 },
  );
});

test("what is expected and does not come between two looks is wanted, once; what comes is not", () => {
  const { lane, told } = laneOf();
  lane.take(opened(3), [], true);

  lane.expect(4, 1);
  lane.expect(5, 1);
  expect(told).toEqual(["expecting"]);
  expect(lane.look()).toBe(true);
  lane.receive(event(4), 1);
  expect(told).toEqual(["expecting"]);
  expect(lane.look()).toBe(false);
  expect(told).toEqual(["expecting", "wanting"]);

  lane.receive(event(5), 1);
  lane.expect(6, 1);
  expect(lane.look()).toBe(true);
  lane.receive(event(6), 1);
  expect(lane.look()).toBe(false);
  expect(told).toEqual(["expecting", "wanting", "expecting"]);
});

test("a lane that a former term verified is not verified by beacons of the next that were missed", () => {
  const { lane } = laneOf();
  const beacon = { p: 0, ep: 1, clk: 0, pos: 0, stored: 0, heads: [], all: false } as const;
  lane.partition.beacon({ ...beacon, term: 1, n: 40 }, 0);
  lane.take(opened(3, 1, { beacon: 40 }), [], true);

  lane.partition.beacon({ ...beacon, term: 2, n: 7 }, 0);

  expect([lane.state, lane.mustSee]).toEqual(["unsure", 7]);
});

test("how far an owner has let go holds until another epoch", () => {
  const partition = new Partition(0, { wanting: () => {}, replaced: () => {}, missed: () => {} }, 0);
  const beacon = { p: 0, ep: 1, term: 1, n: 1, clk: 0, pos: 9, stored: 2, heads: [], all: false } as const;

  partition.beacon({ ...beacon, gone: 7 }, 0);
  partition.beacon({ ...beacon, n: 2, stored: 8 }, 0);
  const same = partition.gone;
  partition.beacon({ ...beacon, ep: 2, n: 3 }, 0);

  expect([same, partition.gone]).toEqual([7, 0]);
});
