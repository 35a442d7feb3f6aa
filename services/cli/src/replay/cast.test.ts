import { expect, test } from "vitest";
import { castOf } from "./cast.ts";
import { type LogLine, readLog } from "./log.ts";

const say = (nick: string, text = "hi"): LogLine => ({ minute: 0, type: "message", nick, text });
const join = (nick: string): LogLine => ({ minute: 0, type: "join", nick });
const leave = (nick: string): LogLine => ({ minute: 0, type: "leave", nick });
const rename = (nick: string, to: string): LogLine => ({ minute: 0, type: "rename", nick, to });

function told(...lines: LogLine[]) {
  const { people, steps } = castOf(lines);
  return { people, who: steps.map(({ person }) => person), refusals: steps.map(({ refusal }) => refusal) };
}

test("who is first seen speaking, leaving or renaming was there before; who joins was not", () => {
  const { people, refusals } = told(say("ann"), leave("bob"), rename("cid", "cyd"), join("dan"));

  expect(people).toEqual([
    { nick: "ann", before: true, throughout: true },
    { nick: "bob", before: true, throughout: false },
    { nick: "cid", before: true, throughout: true },
    { nick: "dan", before: false, throughout: false },
  ]);
  expect(refusals).toEqual([undefined, undefined, undefined, undefined]);
});

test("who comes back under the same nick is the same person, and was not there throughout", () => {
  const { people, who, refusals } = told(say("ann"), leave("ann"), join("ann"), say("ann"));

  expect(who).toEqual([0, 0, 0, 0]);
  expect(people).toEqual([{ nick: "ann", before: true, throughout: false }]);
  expect(refusals).toEqual([undefined, undefined, undefined, undefined]);
});

test("a member's join, a stranger's leave and an empty text must be refused", () => {
  const { refusals } = told(say("ann"), join("ann"), leave("ann"), leave("ann"), say("bob", " \t"), say("ann"));

  expect(refusals).toEqual([undefined, "ALREADY", undefined, "NOT_MEMBER", "BAD_ARGS", "NOT_MEMBER"]);
});

test("after a rename the new nick is that person, and the old one is free", () => {
  const { people, who } = told(say("ann"), rename("ann", "anne"), say("anne"), say("ann"));

  expect(who).toEqual([0, 0, 0, 1]);
  expect(people.map(({ nick }) => nick)).toEqual(["ann", "ann"]);
  expect(people[1]?.before).toBe(true);
});

test("two people may bear one nick: later lines of it are the renamer's", () => {
  const { who, refusals } = told(say("ann"), say("bob"), rename("ann", "bob"), say("bob"), leave("bob"), join("bob"));

  expect(who).toEqual([0, 1, 0, 0, 0, 0]);
  expect(refusals.every((refusal) => refusal === undefined)).toBe(true);
});

test("a nick made free by a rename can be joined under by somebody else", () => {
  const { people, who } = told(say("ann"), rename("ann", "anne"), join("ann"), say("ann"));

  expect(who).toEqual([0, 0, 1, 1]);
  expect(people[1]).toEqual({ nick: "ann", before: false, throughout: false });
});

test("a log is read line by line, and the first line that is none is named", () => {
  const good =
    '{"minute":1,"type":"rename","nick":"a","to":"b"}\n\n{"minute":2,"type":"action","nick":"b","text":""}\n';

  expect(readLog(good)).toEqual([
    { minute: 1, type: "rename", nick: "a", to: "b" },
    { minute: 2, type: "action", nick: "b", text: "" },
  ]);
  expect(() => readLog(`${good}{"minute":3,"type":"message","nick":"a"}`)).toThrow("line 4");
  expect(() => readLog("")).toThrow("empty");
});
