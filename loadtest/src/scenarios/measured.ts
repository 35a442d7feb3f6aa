import type { Closers } from "@guildhall/kernel";
import type { Verdict } from "../report/verdict.ts";
import type { Surroundings } from "./surroundings.ts";

/** How much of a scenario is run: all of it, or as much as shows within seconds that a bound is missed by far. */
export type LoadSize = "full" | "short";

/** A scenario's end. `ok`: nothing of what it checks was wrong; whether a bound holds is for its verdicts. */
export type Measured = { readonly verdicts: readonly Verdict[]; readonly text: string; readonly ok: boolean };

/** A scenario that `all` runs: it brings its own plan for each size. */
export type MeasuredScenario = {
  readonly name: string;
  /** One sentence for whoever reads the list. */
  readonly about: string;
  /** Runs it on a server of its own, which goes with `closers`. @throws Error when it could not be run. */
  run(size: LoadSize, around: Surroundings, closers: Closers): Promise<Measured>;
};
