import { expect, test } from "vitest";
import { readOptions, USAGE } from "./options.ts";
import { CLUSTERED, MEASURED } from "./scenarios/all.ts";
import { checkPlan } from "./scenarios/group-plan.ts";
import { runTimeline, TIMELINE_PLANS } from "./scenarios/timeline.ts";

test("without options a system of its own is driven as the scenario says", () => {
  expect(readOptions(["group-1000"])).toMatchObject({
    scenario: "group-1000",
    bounded: true,
    size: "full",
    margin: 1,
    remote: undefined,
    group: { groups: 1, members: 1_000, senders: 4, window: 16, bytes: 100, rounds: 3, seconds: 10, rate: 0 },
  });
});

test("all of them are run with a margin, in a form of seconds, against a server with a fault", () => {
  const options = readOptions(["all", "--short", "--margin", "2.5", "--expect-failure", "no-gather", "--json", "f"]);

  expect(options).toMatchObject({
    scenario: "all",
    bounded: true,
    size: "short",
    margin: 2.5,
    expectFailure: "no-gather",
    json: "f",
  });
});

test("another plan, and a system that runs elsewhere, have no bounds", () => {
  const there = ["--url", "ws://h/ws", "--api", "http://h", "--operator-key", "f"];

  expect(readOptions(["groups-25", "--groups", "3"])).toMatchObject({
    bounded: false,
    group: { groups: 3, members: 25, rate: 1_000 },
  });
  expect(readOptions(["group-1000", ...there]).bounded).toBe(false);
  expect(readOptions(["http"]).bounded).toBe(false);
});

test("the timeline has a plan of its own, millions large or, in short, thousands", () => {
  expect(readOptions(["timeline"])).toMatchObject({
    bounded: false,
    timeline: { messages: 5_000_000, groups: 1_000, seconds: 60, traced: 500 },
  });
  expect(readOptions(["timeline", "--short"]).timeline).toMatchObject({ messages: 50_000, groups: 100 });
  expect(readOptions(["timeline", "--messages", "200000", "--traced", "9"]).timeline).toMatchObject({
    messages: 200_000,
    groups: 1_000,
    traced: 9,
  });
});

test("options of one name have the bounds of their scenario", () => {
  expect(readOptions(["group-1000", "--groups", "1"]).group.groups).toBe(1);
  expect(() => readOptions(["timeline", "--groups", "1"])).toThrow("--groups takes a whole number from 3 to 100000");
  expect(() => readOptions(["group-1000", "--groups", "1001"])).toThrow("from 1 to 1000");
});

test("the timeline without a Cassandra says how to have one", async () => {
  const around = { env: {}, where: undefined, operatorKey: undefined, say: () => {} };

  await expect(runTimeline(TIMELINE_PLANS.short, "short", around)).rejects.toThrow("npm run servers");
});

test("scenarios of a cluster have bounds and are not among all", () => {
  for (const { name } of CLUSTERED) {
    expect(readOptions([name, "--short"])).toMatchObject({ scenario: name, bounded: true, size: "short" });
    expect(MEASURED.map((one) => one.name)).not.toContain(name);
  }
});

test("every scenario stands in the usage", () => {
  for (const { name, about } of [...MEASURED, ...CLUSTERED]) expect(USAGE).toMatch(new RegExp(`  ${name} +${about}`));
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
  ["another plan for all", ["all", "--members", "10"]],
  ["all on a running system", ["all", "--url", "ws://h/ws", "--api", "http://h", "--operator-key", "f"]],
  ["a margin below 1", ["all", "--margin", "0.5"]],
  ["a margin that is no number", ["all", "--margin", "wide"]],
  ["fewer messages than can be", ["timeline", "--messages", "10"]],
  ["another plan for a cluster", ["cluster-group", "--members", "10"]],
  ["a fault for processes that run already", ["cluster-group", "--expect-failure", "no-gather"]],
  ["a margin without bounds", ["group-1000", "--margin", "2", "--members", "10"]],
  ["a fault without bounds", ["http", "--expect-failure", "no-gather"]],
])("%s is refused in words", (_, args) => {
  expect(() => readOptions(args)).toThrow(/./);
});

test.each([
  ["more senders than members", ["--members", "2", "--senders", "3"]],
  ["longer than the access tokens hold", ["--rounds", "100", "--seconds", "100"]],
  ["too much on its way", ["--senders", "64", "--window", "1024"]],
  ["too much on its way in all groups", ["--groups", "10", "--members", "50", "--senders", "32"]],
  ["too many people", ["--groups", "1000", "--rate", "10"]],
])("a plan with %s is refused", (_, args) => {
  expect(() => checkPlan(readOptions(["group-1000", ...args]).group)).toThrow(/./);
});

test("a warm-up as fast as it is answered has a bound on what is on its way; at a rate that is asked for it has none", () => {
  const planOf = (...more: string[]) =>
    readOptions(["group-1000-paced", "--senders", "64", "--groups", "5", ...more]).group;

  expect(() => checkPlan(planOf())).toThrow(/on their way/);
  expect(checkPlan(planOf("--rate", "100"))).toMatchObject({ rate: 100, warmUpRate: 100 });
});
