import type { Closers } from "@guildhall/kernel";
import type { Verdict } from "../report/verdict.ts";
import type { Surroundings } from "./surroundings.ts";

export type LoadSize = "full" | "short";
export type Measured = { readonly verdicts: readonly Verdict[]; readonly text: string; readonly ok: boolean };
export type MeasuredScenario = {
  readonly name: string;
  readonly about: string;
  run(size: LoadSize, around: Surroundings, closers: Closers): Promise<Measured>;
};
