import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Closers } from "@guildhall/kernel";
import type { HistoryVerdict, Recorder } from "@guildhall/testkit/history";
import { expect, onTestFinished, test } from "vitest";
import { countsOf, notesOf, recordedRun, untestedIn, violationsOf } from "./recorded-run.ts";

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

test("a fault that met nothing in flight is a void run, whether or not an outcome was lost", async () => {
  const { verdict: calm } = await ended((recorder) => recorder.record(END), false);
  const fault = (met: number, lost: number) => ({ name: "kill", onNs: 1, offNs: 2, met, lost });
  const verdict: HistoryVerdict = {
    ...calm,
    faults: [fault(2, 1), fault(1, 0), fault(0, 0)],
    acknowledged: 5,
    unknown: 1,
  };

  expect(countsOf(verdict)).toEqual({ runs: 3, voidRuns: 1, faultsInFlight: 2, acknowledged: 5, unknown: 1 });
});

test("the notes say how often each promise was put to the test, and those that never were are named", async () => {
  const { verdict } = await ended((recorder) => {
    recorder.record({ op: "sample", of: "server", what: "memory", bytes: 1, maxBytes: 2 });
    recorder.record(END);
  }, false);

  expect(notesOf(verdict)[1]).toMatch(/ I15 0, I16 1, I17 0$/);
  const never = untestedIn(verdict);
  expect(never).toContain("I15 was never put to the test: the run proves nothing of it");
  expect(never.some((text) => text.startsWith("I16"))).toBe(false);
});
