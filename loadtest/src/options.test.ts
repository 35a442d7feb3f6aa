import { expect, test } from "vitest";
import { readOptions } from "./options.ts";
import { checkPlan } from "./scenarios/group-plan.ts";

test("without options a system of its own is driven as the scenario says", () => {
  expect(readOptions(["group-1000"])).toMatchObject({
    scenario: "group-1000",
    remote: undefined,
    group: { members: 1_000, senders: 4, window: 16, bytes: 100, rounds: 3, seconds: 10, rate: 0 },
  });
});

test.each([
  ["no scenario", []],
  ["an unknown scenario", ["group-2"]],
  ["an unknown option", ["http", "--fast"]],
  ["a count that is none", ["group-1000", "--members", "many"]],
  ["a count out of its bounds", ["group-1000", "--members", "0"]],
  ["an address without the other", ["group-1000", "--url", "ws://h/ws"]],
  ["a running system without its key", ["group-1000", "--url", "ws://h/ws", "--api", "http://h"]],
  ["a key for a system it starts itself", ["group-1000", "--operator-key", "f"]],
  ["both ways at once", ["group-1000", "--spawn", "--url", "ws://h/ws", "--api", "http://h"]],
  ["an unknown server", ["group-1000", "--targets", "redis"]],
])("%s is refused in words", (_, args) => {
  expect(() => readOptions(args)).toThrow(/./);
});

test.each([
  ["more senders than members", ["--members", "2", "--senders", "3"]],
  ["longer than the access tokens hold", ["--rounds", "100", "--seconds", "100"]],
  ["too much on its way", ["--senders", "64", "--window", "1024"]],
])("a plan with %s is refused", (_, args) => {
  expect(() => checkPlan(readOptions(["group-1000", ...args]).group)).toThrow(/./);
});
