import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Closers } from "@guildhall/kernel";
import type { HistoryVerdict, Recorder } from "@guildhall/testkit/history";
import { expect, onTestFinished, test } from "vitest";
import { recordedRun, violationsOf } from "./recorded-run.ts";

const END = { op: "final", group: 1, epoch: 2, seq: 0 } as const;

/** A group whose final read lacks its only place. */
function lose(recorder: Recorder): void {
  recorder.record({ ...END, seq: 1 });
}

async function ended(record: (recorder: Recorder) => void, keep: boolean) {
  const closers = new Closers();
  const history = await recordedRun(closers);
  onTestFinished(() => rm(dirname(history.path), { recursive: true, force: true }));
  record(history.recorder);
  const verdict = await history.verify(keep);
  await closers[Symbol.asyncDispose]();
  return { verdict, path: history.path, stays: existsSync(history.path) };
}

test("a history that breaks nothing goes", async () => {
  const { verdict, path, stays } = await ended((recorder) => recorder.record(END), true);

  expect(stays).toBe(false);
  expect(violationsOf(verdict, path)).toEqual([]);
});

test("one that breaks something stays where it is told to, and the violations name it", async () => {
  const kept = await ended(lose, true);
  const left = await ended(lose, false);

  expect([kept.stays, left.stays]).toEqual([true, false]);
  const [first = "", last = ""] = violationsOf(kept.verdict, kept.path);
  expect(first).toMatch(/^I3 .* place 1 of 1 is missing at the end\n {2}faults active: none/);
  expect(last).toBe(`the history is ${kept.path}`);
});

test("violations beyond those that are explained are named, and those beyond the bound are counted", async () => {
  const { verdict: calm } = await ended((recorder) => recorder.record(END), false);
  const violation = (text: string) => ({ invariant: "I3" as const, group: 1, text, at: [] });
  const verdict: HistoryVerdict = {
    ...calm,
    violations: [violation("one"), violation("two")],
    violationCount: 7,
    counterExamples: ["I3: one, explained"],
  };

  expect(violationsOf(verdict, "/h")).toEqual(["I3: one, explained", "I3: two", "the history is /h; it breaks 5 more"]);
});
