import type { Closers } from "@guildhall/kernel";

/** How much: what CI can bear, or all of it. */
export type Size = "quick" | "full";

/** What a fault scenario says when it ends. Counts, over all its runs. */
export type FaultResult = {
  /** Runs that count, and those in which no fault met an operation in flight: they prove nothing. */
  readonly runs: number;
  readonly voidRuns: number;
  /** Faults that met at least one operation in flight. */
  readonly faultsInFlight: number;
  /** Commands that were answered `ok`, and those whose outcome the client could not know. */
  readonly acknowledged: number;
  readonly unknown: number;
  /** Each in one sentence; none: all promises held. */
  readonly violations: readonly string[];
  /** Figures for people, each in one sentence: times, memory, what was skipped and why. */
  readonly notes: readonly string[];
};

/** What every scenario has round it. */
export type Surroundings = {
  /** Fixes what is drawn by lot, as far as the machine's own timing lets it; drawn anew where absent. */
  readonly seed?: number;
  /** After so long a scenario of many parts begins no more of them, and says how many it has done. */
  readonly minutes?: number;
  /** For the processes it starts. */
  readonly env: NodeJS.ProcessEnv;
  /** Tells people what goes on. */
  readonly say: (text: string) => void;
  /** Ends what it started. */
  readonly closers: Closers;
};

export type FaultScenario = {
  readonly name: string;
  /** One sentence: which fault, and what must hold. */
  readonly about: string;
  /** It is ended after this time, and that is a violation. */
  readonly maxS: Readonly<Record<Size, number>>;
  run(size: Size, around: Surroundings): Promise<FaultResult>;
};
