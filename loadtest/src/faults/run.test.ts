import { expect, test, vi } from "vitest";
import { exitCodeOf, proves, runFault } from "./run.ts";
import type { FaultResult, FaultScenario, Surroundings } from "./scenario.ts";
import { faultTable } from "./table.ts";

const GOOD: FaultResult = {
  runs: 8,
  voidRuns: 1,
  faultsInFlight: 7,
  acknowledged: 900,
  unknown: 40,
  violations: [],
  notes: ["seed 5"],
};
const VOID = { ...GOOD, voidRuns: 8, faultsInFlight: 0 };
const BROKEN = { ...GOOD, violations: ["I1: gone"] };

function scenario(run: FaultScenario["run"], maxS = 5): FaultScenario {
  return { name: "planted", about: "for this test", maxS: { quick: maxS, full: maxS }, run };
}
const around = (): Omit<Surroundings, "closers"> => ({ env: {}, say: vi.fn(), seed: 5 });

test("the result is the scenario's, and what it started is ended", async () => {
  const closed = vi.fn();
  const ended = await runFault(
    scenario(async (size, { closers, seed }) => {
      closers.defer(closed);
      return { ...GOOD, notes: [`${size} ${seed}`] };
    }),
    "quick",
    around(),
  );

  expect(ended).toMatchObject({ ...GOOD, name: "planted", notes: ["quick 5"] });
  expect(closed).toHaveBeenCalledOnce();
});

test("a scenario that throws, or does not end in its time, has failed, and what it started is ended", async () => {
  const closed = vi.fn();
  const thrown = await runFault(
    scenario(() => Promise.reject(new Error("no server"))),
    "full",
    around(),
  );
  const late = await runFault(
    scenario((_, { closers }) => {
      closers.defer(closed);
      return new Promise(() => {});
    }, 0.05),
    "full",
    around(),
  );

  expect(thrown.violations[0]).toContain("no server");
  expect(late.violations).toEqual(["not done after 0.05 s"]);
  expect(closed).toHaveBeenCalledOnce();
  expect([proves(thrown), proves(late)]).toEqual([false, false]);
});

test("a scenario of which every run is void runs twice again, and no more", async () => {
  const lucky = vi.fn<FaultScenario["run"]>().mockResolvedValueOnce(VOID).mockResolvedValue(GOOD);
  const idle = vi.fn<FaultScenario["run"]>().mockResolvedValue(VOID);

  expect(proves(await runFault(scenario(lucky), "full", around()))).toBe(true);
  expect(proves(await runFault(scenario(idle), "full", around()))).toBe(false);
  expect([lucky.mock.calls.length, idle.mock.calls.length]).toEqual([2, 3]);
});

test("what is broken is not tried until it holds", async () => {
  const broken = vi.fn<FaultScenario["run"]>().mockResolvedValue({ ...VOID, violations: ["I1: gone"] });

  await runFault(scenario(broken), "full", around());

  expect(broken).toHaveBeenCalledOnce();
});

test("the exit code is 0 for a proof, 1 for a violation whatever else, 2 for a void run", () => {
  expect(exitCodeOf([GOOD])).toBe(0);
  expect(exitCodeOf([GOOD, VOID])).toBe(2);
  expect(exitCodeOf([VOID, BROKEN])).toBe(1);
});

test("the table has a line a scenario, then notes and violations", () => {
  const table = faultTable([
    { ...GOOD, name: "crash", seconds: 31.4 },
    { ...BROKEN, name: "other", seconds: 2 },
    { ...VOID, name: "idle", seconds: 2 },
  ]);

  expect(table).toMatch(/^crash +8 +1 +7 +900 +40 +0 +31$/m);
  expect(table).toMatch(/^other .* 1 +2 +FAILED$/m);
  expect(table).toMatch(/^idle .* 0 +2 +VOID$/m);
  expect(table).toContain("crash: seed 5");
  expect(table).toContain("VIOLATION other: I1: gone");
});
