import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GROUP_PLANTED, type Planted } from "../../test/planted-groups.ts";
import {
  ended,
  faultOff,
  faultOn,
  follow,
  follows,
  GROUP,
  hasRead,
  invoke,
  ok,
  page,
  readAll,
  readGroup,
  reads,
  reset,
  seen,
  verdictOf,
} from "../../test/planted-history.ts";
import { type ScratchFolder, scratchFolder } from "../scratch-folder.ts";
import type { HistoryEvent } from "./record.ts";
import { INVARIANTS, type Invariant } from "./violations.ts";

let folder: ScratchFolder;
beforeAll(async () => {
  folder = await scratchFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

const A = { id: "a" };
const B = { id: "b" };
/** The same nonce again, on another connection. */
const A_AGAIN = { id: "a2", cmid: "a", conn: "c9" };
/** The nonce of A with another content. */
const A_OTHER = { id: "a3", cmid: "a", hash: "h-other" };
const refused = { phase: "fail", code: 600 } as const;
const conflict = (seq: number) => ({ phase: "fail", code: 401, seq }) as const;

/** For each invariant histories that break just it, each beside the nearest one that does not. */
const PLANTED: readonly Planted[] = [
  {
    invariant: "I1",
    name: "an answered message is not there at the end",
    wrong: [invoke(A), ok(A, 1), invoke(B), ok(B, 2), ...readAll("a")],
    right: [invoke(A), ok(A, 1), invoke(B), ended(B, { phase: "info" }), ...readAll("a")],
  },
  {
    invariant: "I1",
    name: "a repeat with another content is answered ok",
    wrong: [invoke(A), ok(A, 1), invoke(A_OTHER), ok(A_OTHER, 1, true), ...readAll("a")],
    right: [invoke(A), ok(A, 1), invoke(A_OTHER), ended(A_OTHER, conflict(1)), ...readAll("a")],
  },
  {
    invariant: "I2",
    name: "a repeat is carried out again",
    wrong: [invoke(A), ok(A, 1), invoke(A_AGAIN), ok(A_AGAIN, 2), ...readAll("a", "a")],
    right: [invoke(A), ok(A, 1), invoke(A_AGAIN), ok(A_AGAIN, 1, true), ...readAll("a")],
  },
  {
    invariant: "I2",
    name: "an unanswered message happens twice",
    wrong: [invoke(A), ended(A, { phase: "info" }), ...readAll("a", "a")],
    right: [invoke(A), ended(A, { phase: "info" }), ...readAll("a")],
  },
  {
    invariant: "I2",
    name: "a conflict where there is none",
    wrong: [invoke(A), ended(A, { phase: "info" }), invoke(A_AGAIN), ended(A_AGAIN, conflict(1)), ...readAll("a")],
    right: [invoke(A), ended(A, { phase: "info" }), invoke(A_OTHER), ended(A_OTHER, conflict(1)), ...readAll("a")],
  },
  {
    invariant: "I2",
    name: "a conflict that names another place",
    wrong: [invoke(A), ok(A, 1), invoke(A_OTHER), ended(A_OTHER, conflict(2)), ...readAll("a")],
    right: [invoke(A), ok(A, 1), invoke(A_OTHER), ended(A_OTHER, conflict(1)), ...readAll("a")],
  },
  {
    invariant: "I3",
    name: "a hole at the end",
    wrong: [
      invoke(A),
      invoke(B),
      seen("final", "last", 1, "a"),
      seen("final", "last", 3, "b"),
      ...readAll("a").slice(1, 1),
      { op: "final", group: GROUP, epoch: 1_700, seq: 3 },
    ],
    right: [invoke(A), invoke(B), ...readAll("a", "b")],
  },
  {
    invariant: "I3",
    name: "a delivered message is beyond the end",
    wrong: [invoke(A), invoke(B), follow("c2", 1), seen("live", "c2", 2, "b"), ...readAll("a")],
    right: [invoke(A), invoke(B), follow("c2", 1), seen("live", "c2", 2, "b"), ...readAll("a", "b")],
  },
  {
    invariant: "I3",
    name: "a page with a hole",
    wrong: [invoke(A), page(1, 3, 2), ...readAll("a")],
    right: [invoke(A), page(1, 3, 3), ...readAll("a")],
  },
  {
    invariant: "I3",
    name: "a place twice in the last read",
    wrong: [invoke(A), seen("final", "last", 1, "a"), ...readAll("a")],
    right: [invoke(A), ...readAll("a")],
  },
  {
    invariant: "I3",
    name: "a group that is never read at the end",
    wrong: [invoke(A), follow("c2", 0), seen("live", "c2", 1, "a")],
    right: [invoke(A), follow("c2", 0), seen("live", "c2", 1, "a"), ...readAll("a")],
  },
  {
    invariant: "I4",
    name: "two connections see different things at one place",
    wrong: [invoke(A), invoke(B), page(1, 1, 1), seen("history", "c2", 1, "a", { hash: "h-b" }), ...readAll("a")],
    right: [invoke(A), invoke(B), page(1, 1, 1), seen("history", "c2", 1, "a"), ...readAll("a")],
  },
  {
    invariant: "I5",
    name: "a connection is sent one over the next",
    wrong: [
      invoke(A),
      invoke(B),
      {
        ...invoke(B),
        id: "c",
        cmid: "c",
        hash: "h-c",
      } as HistoryEvent,
      follow("c2", 0),
      seen("live", "c2", 1, "a"),
      seen("live", "c2", 3, "c"),
      ...readAll("a", "b", "c"),
    ],
    right: [
      invoke(A),
      invoke(B),
      { ...invoke(B), id: "c", cmid: "c", hash: "h-c" } as HistoryEvent,
      follow("c2", 0),
      seen("live", "c2", 1, "a"),
      reset("c2", 2),
      seen("live", "c2", 3, "c"),
      ...readAll("a", "b", "c"),
    ],
  },
  {
    invariant: "I15",
    name: "a resume begins one late",
    wrong: [invoke(A), invoke(B), follow("c2", 0), seen("replay", "c2", 2, "b"), ...readAll("a", "b")],
    right: [
      invoke(A),
      invoke(B),
      follow("c2", 0),
      seen("replay", "c2", 1, "a"),
      seen("replay", "c2", 2, "b"),
      ...readAll("a", "b"),
    ],
  },
  {
    invariant: "I5",
    name: "a resume is answered before its end",
    wrong: [invoke(A), follow("c2", 0), follows("c2", 1), seen("live", "c2", 1, "a"), ...readAll("a")],
    right: [invoke(A), follow("c2", 0), seen("replay", "c2", 1, "a"), follows("c2", 1), ...readAll("a")],
  },
  {
    invariant: "I5",
    name: "a connection that begins at the head lacks its first event",
    wrong: [invoke(A), invoke(B), follow("c2"), seen("live", "c2", 2, "b"), follows("c2", 0), ...readAll("a", "b")],
    right: [invoke(A), invoke(B), follow("c2"), seen("live", "c2", 2, "b"), follows("c2", 1), ...readAll("a", "b")],
  },
  {
    invariant: "I5",
    name: "events for who does not follow",
    wrong: [invoke(A), seen("live", "c2", 1, "a"), ...readAll("a")],
    right: [invoke(A), seen("history", "c2", 1, "a"), ...readAll("a")],
  },
  {
    invariant: "I6",
    name: "something nobody sent",
    wrong: [invoke(A), ...readAll("a", "b")],
    right: [invoke(A), invoke(B), ...readAll("a", "b")],
  },
  {
    invariant: "I6",
    name: "another content than was sent",
    wrong: [invoke(A), seen("final", "last", 1, "a", { hash: "h-x" }), ...readAll("a").slice(1)],
    right: [invoke(A), seen("final", "last", 1, "a"), ...readAll("a").slice(1)],
  },
  {
    invariant: "I6",
    name: "something is seen before it was sent",
    wrong: [page(1, 1, 1), seen("history", "c2", 1, "a"), invoke(A), ...readAll("a")],
    right: [invoke(A), page(1, 1, 1), seen("history", "c2", 1, "a"), ...readAll("a")],
  },
  {
    invariant: "I7",
    name: "a message that began after an answer stands before it",
    wrong: [invoke(A), ok(A, 2), invoke({ ...B, conn: "c3" }), ok({ ...B, conn: "c3" }, 1), ...readAll("b", "a")],
    right: [invoke(A), invoke({ ...B, conn: "c3" }), ok(A, 2), ok({ ...B, conn: "c3" }, 1), ...readAll("b", "a")],
  },
  {
    invariant: "I7",
    name: "an unanswered message stands before one that was seen when it began",
    wrong: [invoke(A), follow("c2", 1), seen("live", "c2", 2, "a"), invoke({ ...B, conn: "c3" }), ...readAll("b", "a")],
    right: [invoke(A), follow("c2", 1), invoke({ ...B, conn: "c3" }), seen("live", "c2", 2, "a"), ...readAll("b", "a")],
  },
  {
    invariant: "I8",
    name: "a connection's two messages change places",
    wrong: [invoke(A), invoke(B), ok(B, 1), ok(A, 2), ...readAll("b", "a")],
    right: [invoke(A), invoke({ ...B, conn: "c3" }), ok({ ...B, conn: "c3" }, 1), ok(A, 2), ...readAll("b", "a")],
  },
  {
    invariant: "I9",
    name: "a refused message is there all the same",
    wrong: [invoke(A), ended(A, refused), ...readAll("a")],
    right: [invoke(A), ended(A, refused), invoke(A_AGAIN), ok(A_AGAIN, 1), ...readAll("a")],
  },
  {
    invariant: "I9",
    name: "the other content of a nonce is there at another place",
    wrong: [
      invoke(A),
      ok(A, 1),
      invoke(A_OTHER),
      ended(A_OTHER, { phase: "fail", code: 500 }),
      seen("final", "last", 2, "a", { hash: "h-other", cmid: "a" }),
      ...readAll("a").slice(0, 1),
      { op: "final", group: GROUP, epoch: 1_700, seq: 2 },
    ],
    right: [invoke(A), ok(A, 1), invoke(A_OTHER), ended(A_OTHER, { phase: "fail", code: 500 }), ...readAll("a")],
  },
];

/** Broken beside the named one, as a consequence of it: whoever sees it twice breaks both. */
const ALSO: Readonly<Record<string, readonly Invariant[]>> = {
  "two connections see different things at one place": ["I6"],
  "something is seen before it was sent": ["I7"],
  "the other content of a nonce is there at another place": ["I2"],
};

const ALL = [...PLANTED, ...GROUP_PLANTED];

describe.each(ALL)("$invariant: $name", ({ invariant, name, wrong, right, also = ALSO[name] ?? [] }) => {
  test("is found, and nothing else with it", async () => {
    const { violations, violationCount } = await verdictOf(folder.path, wrong);

    const found = new Set(violations.map((one) => one.invariant));
    expect(found).toEqual(new Set([invariant, ...also]));
    expect(violationCount).toBe(violations.length);
  });

  test("the nearest history that keeps it passes", async () => {
    const { violations } = await verdictOf(folder.path, right);

    expect(violations).toEqual([]);
  });
});

test("every invariant has a planted history", () => {
  expect(new Set(ALL.map(({ invariant }) => invariant))).toEqual(new Set(Object.keys(INVARIANTS)));
});

test("how often each promise was put to the test is counted; one that met nothing has 0", async () => {
  const group = readGroup({ kind: "text", by: 1, cmid: "a" });
  const { tested } = await verdictOf(folder.path, [invoke(A), ok(A, 2), reads(9), hasRead(2), ...group]);

  expect(tested).toMatchObject({ I1: 1, I10: 0, I11: 0, I12: 0, I13: 1, I14: 1, I16: 0 });
});

test("repeats that got the first answer, and conflicts, are counted", async () => {
  const { repeats, conflicts } = await verdictOf(folder.path, [
    invoke(A),
    ok(A, 1),
    invoke(A_AGAIN),
    ok(A_AGAIN, 1, true),
    invoke(A_OTHER),
    ended(A_OTHER, conflict(1)),
    ...readAll("a"),
  ]);

  expect([repeats, conflicts]).toEqual([1, 1]);
});

test("rewritten rows are compared among themselves, and are no phantoms", async () => {
  const edited = (hash: string) => seen("history", "c2", 1, "a", { rev: 2, hash });
  const history = [invoke(A), ok(A, 1), follow("c2", 0), seen("live", "c2", 1, "a"), edited("h-new")];

  const same = await verdictOf(folder.path, [...history, edited("h-new"), ...readAll("a")]);
  const other = await verdictOf(folder.path, [...history, edited("h-newer"), ...readAll("a")]);

  expect(same.violations).toEqual([]);
  expect(other.violations.map(({ invariant }) => invariant)).toEqual(["I4"]);
});

test("two epochs of a group are two sequences: what was answered in the first is lost", async () => {
  const anew = readAll("b").map((event) => ({ ...event, epoch: 1_800 }) as HistoryEvent);

  const { violations } = await verdictOf(folder.path, [invoke(A), ok(A, 1), invoke(B), ...anew]);

  expect(violations.map(({ invariant }) => invariant)).toEqual(["I1"]);
});

describe("faults", () => {
  test("one that met an attempt in flight counts, and what of it nobody can know", async () => {
    const { faults, acknowledged, unknown, ...verdict } = await verdictOf(folder.path, [
      invoke(A),
      invoke(B),
      faultOn("kill 1"),
      ended(A, { phase: "info" }),
      faultOff("kill 1"),
      ok(B, 1),
      faultOn("kill 2"),
      faultOff("kill 2"),
      ...readAll("b"),
    ]);

    expect(verdict.void).toBe(false);
    expect(faults.map(({ name, met, lost }) => [name, met, lost])).toEqual([
      ["kill 1", 2, 1],
      ["kill 2", 0, 0],
    ]);
    expect([acknowledged, unknown]).toEqual([1, 1]);
  });

  test("one that begins before the attempt and is over after it met it, too", async () => {
    const { faults } = await verdictOf(folder.path, [
      faultOn("slow disk"),
      invoke(A),
      ok(A, 1),
      faultOff("slow disk"),
      invoke(B),
      ok(B, 2),
      ...readAll("a", "b"),
    ]);

    expect(faults.map(({ met, lost }) => [met, lost])).toEqual([[1, 0]]);
  });

  test("a run in which none met anything is void, as is one without faults", async () => {
    const idle = await verdictOf(folder.path, [invoke(A), ok(A, 1), faultOn("k"), faultOff("k"), ...readAll("a")]);
    const calm = await verdictOf(folder.path, [invoke(A), ok(A, 1), ...readAll("a")]);

    expect([idle.void, calm.void]).toEqual([true, true]);
    expect([...idle.violations, ...calm.violations]).toEqual([]);
  });

  test("an attempt that never ends is unknown", async () => {
    const { unknown, faults } = await verdictOf(folder.path, [invoke(A), faultOn("k"), faultOff("k"), ...readAll()]);

    expect([unknown, faults[0]?.lost]).toEqual([1, 1]);
  });
});

test("a counter-example shows the operations within 50 ms, marks those that contradict, and names active faults", async () => {
  const others = Array.from({ length: 120 }, (_, i) => ({ id: `x${i}`, conn: `cx${i}` }));
  const { counterExamples } = await verdictOf(folder.path, [
    ...others.map((sent) => invoke(sent)),
    faultOn("kill 4"),
    invoke(A),
    ok(A, 1),
    faultOff("kill 4"),
    invoke(A_AGAIN),
    ok(A_AGAIN, 2),
    ...readAll("a", "a"),
  ]);

  const [text = ""] = counterExamples;
  expect(text).toMatch(
    /^I2 .* in group 7: nonce a of 1 is answered on c9 at 2, and was at 1\n {2}faults active: kill 4\n/,
  );
  expect(text).toMatch(/^> 0\.122000 s p1 send id=a .*phase=ok seq=1/m);
  expect(text).toMatch(/^> 0\.125000 s p1 send id=a2 .*seq=2/m);
  expect(text).not.toContain("id=x10 ");
  expect(text.split("\n").length).toBeLessThanOrEqual(42);
});
