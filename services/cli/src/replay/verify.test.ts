import type { Event } from "@guildhall/proto";
import { expect, test } from "vitest";
import { castOf } from "./cast.ts";
import { Follower } from "./follower.ts";
import type { LogLine } from "./log.ts";
import { type Scene, verify } from "./verify.ts";

const START = 3;
const ANN = 11;
const BOB = 12;
const LOG: readonly LogLine[] = [
  { minute: 0, type: "message", nick: "ann", text: "one é" },
  { minute: 0, type: "join", nick: "bob" },
  { minute: 0, type: "message", nick: "ann", text: " " },
  { minute: 1, type: "action", nick: "bob", text: "two" },
  { minute: 1, type: "rename", nick: "ann", to: "bob" },
];

const event = (s: number, k: string, u: number, b: unknown): Event => ({ s, k, u, ts: s, m: s, pv: 1, b });

const HISTORY: readonly Event[] = [
  event(1, "group.create", 1, {}),
  event(2, "member.join", ANN, { u: ANN, nick: "ann" }),
  event(3, "member.join", 2, { u: 2, nick: "" }),
  event(4, "text", ANN, { t: "one é" }),
  event(5, "member.join", BOB, { nick: "bob", u: BOB }),
  event(6, "action", BOB, { t: "two" }),
  event(7, "member.nick", ANN, { u: ANN, nick: "bob" }),
];

/** A member who began after `after` and was told `events`. */
function watched(u: number, after: number, events: readonly Event[]) {
  const follower = new Follower();
  follower.begin(after);
  for (const one of events) follower.onItem({ type: "event", event: one, via: "live" });
  return { u, follower };
}

function scene(more: Partial<Scene> = {}): Scene {
  const host = watched(1, START, HISTORY.slice(START));
  const players = [watched(ANN, START, HISTORY.slice(START)), watched(BOB, 5, HISTORY.slice(5))];
  return { host, players, silent: [], start: START, ...more };
}

const judge = (more: Partial<Scene> = {}, history = HISTORY) => verify(castOf(LOG), scene(more), { head: 7 }, history);

test("what everybody has is right: the late have the end of it", () => {
  expect(judge()).toEqual({ missing: 0, doubled: 0, reordered: 0, different: 0, mistakes: [] });
});

test("a member who lacks the newest event is missing it", () => {
  expect(judge({ silent: [watched(5, START, HISTORY.slice(START, 6))] })).toMatchObject({ missing: 1, different: 0 });
});

test("a member who lacks one in the middle is missing it", () => {
  const events = HISTORY.slice(START).filter(({ s }) => s !== 5);

  expect(judge({ silent: [watched(5, START, events)] })).toMatchObject({ missing: 1 });
});

test("a member who was told other words has something different", () => {
  const events = HISTORY.slice(START).map((one) => (one.s === 6 ? event(6, "action", BOB, { t: "Two" }) : one));

  expect(judge({ silent: [watched(5, START, events)] })).toMatchObject({ missing: 0, different: 1 });
});

test("events told twice, and out of order, are counted", () => {
  const [four, five, six, seven] = HISTORY.slice(START) as [Event, Event, Event, Event];

  expect(judge({ silent: [watched(5, START, [four, five, five, six, seven])] })).toMatchObject({ doubled: 1 });
  expect(judge({ silent: [watched(5, START, [four, six, five, seven])] })).toMatchObject({
    reordered: 1,
    different: 1,
  });
});

test("history must be the log: words, author and order", () => {
  const others = [
    event(4, "text", ANN, { t: "one e\u0301" }),
    event(4, "text", BOB, { t: "one é" }),
    event(4, "action", ANN, { t: "one é" }),
  ];

  for (const other of others) {
    const history = HISTORY.map((one) => (one.s === 4 ? other : one));
    const everybody = {
      host: watched(1, START, history.slice(START)),
      players: [watched(ANN, START, history.slice(START)), watched(BOB, 5, history.slice(5))],
    };
    expect(judge(everybody, history)).toMatchObject({ different: 1, mistakes: [expect.stringContaining("seq 4")] });
  }
});

test("history that is short is missing events", () => {
  expect(judge({}, HISTORY.slice(0, 6)).missing).toBe(1);
});
