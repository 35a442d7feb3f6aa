import { AppError } from "@guildhall/kernel";
import type { Entry } from "@guildhall/proto";
import { silentLog } from "@guildhall/telemetry/log";
import { fakeClock } from "@guildhall/testkit";
import { expect, test } from "vitest";
import { PAUSE_MAX_MS, PAUSE_MIN_MS, Records } from "./records.ts";

const ENTRY: Entry = {
  g: 1,
  l: 0,
  s: 1,
  at: 0,
  u: 1,
  dev: "",
  as: 0,
  k: "text",
  n: null,
  h: null,
  m: 0,
  pv: 0,
  pp: -1,
  bk: 0,
  bb: 0,
  b: {},
  re: 0,
  mn: null,
  why: "",
  w: [],
};
const REFUSAL = new AppError("UNAVAILABLE", "the journal is full");

/** Records whose appends are answered by hand; `happened` has what came of them. */
function setUp() {
  const clock = fakeClock();
  const happened: string[] = [];
  const answers: { ok(): void; refuse(): void }[] = [];
  let expected = 10;
  let speaks = true;
  const append = (at: number) =>
    new Promise<number>((resolve, reject) => {
      expect(at).toBe(expected);
      answers.push({ ok: () => resolve(++expected), refuse: () => reject(REFUSAL) });
    });
  const records = new Records(
    { p: 0, ep: 1, term: 1, position: 10 },
    {
      append,
      clock,
      log: silentLog,
      voice: { speaks: () => speaks, proved() {} },
      storedPosition: () => 0,
      onRoom() {},
      onAcked: ({ record }) => void happened.push(`acked ${record.e.length}`),
      onRefused: () => void happened.push("refused"),
      onFailed: (why) => void happened.push(why),
    },
  );
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return {
    clock,
    happened,
    records,
    turn,
    sent: () => answers.length,
    quiet: () => {
      speaks = false;
    },
    add(name: string) {
      const decided = { entry: ENTRY, bytes: new Uint8Array(10), flags: 0 };
      const takeBack = () => void happened.push(`back ${name}`);
      records.add(decided, undefined, takeBack, (outcome) => void happened.push(`${name} ${outcome}`));
    },
    async answer(how: "ok" | "refuse") {
      await turn();
      answers.at(-1)?.[how]();
      await turn();
    },
  };
}

test("a refused record is taken back with what was decided after it, the newest first, before anybody is told", async () => {
  const { records, happened, add, answer, turn } = setUp();
  add("one");
  await turn();
  add("two");
  add("three");

  await answer("refuse");

  expect(happened).toEqual([
    "back three",
    "back two",
    "back one",
    "refused",
    "one UNAVAILABLE",
    "two UNAVAILABLE",
    "three UNAVAILABLE",
  ]);
  expect(records.next).toBe(11);
  await records.settled();
});

test("each refusal doubles the pause up to its bound, and a record that is taken ends it", async () => {
  const { records, clock, add, answer, happened } = setUp();
  const pauses: number[] = [];
  for (let i = 0; i < 8; i++) {
    add("x");
    await answer("refuse");
    pauses.push(records.pausedForMs);
    clock.advance(records.pausedForMs);
    expect(records.pausedForMs).toBe(0);
  }

  expect(pauses).toEqual([PAUSE_MIN_MS, 200, 400, 800, 1_600, 3_200, PAUSE_MAX_MS, PAUSE_MAX_MS]);
  add("y");
  await answer("ok");
  expect(happened.slice(-2)).toEqual(["acked 1", "y acked"]);
  add("z");
  await answer("refuse");
  expect(records.pausedForMs).toBe(PAUSE_MIN_MS);
});

test("while it is paused nothing is sent, and what needs a record to be said is not said", async () => {
  const { records, clock, add, answer, sent, quiet, turn } = setUp();
  add("x");
  await answer("refuse");
  const said: string[] = [];
  const say = (name: string) => records.whenSayable((outcome) => void said.push(`${name} ${outcome}`));

  say("known");
  quiet();
  say("unproved");
  records.force();
  await turn();
  expect([said, sent()]).toEqual([["known acked", "unproved UNAVAILABLE"], 1]);

  clock.advance(PAUSE_MIN_MS);
  say("later");
  await answer("ok");
  expect([said.at(-1), sent()]).toEqual(["later acked", 2]);
});
