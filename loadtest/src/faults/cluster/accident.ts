import type { Random } from "../random.ts";
import type { Size } from "../scenario.ts";
import type { Workload } from "../workload/workload.ts";
import type { System } from "./system.ts";

/** What an accident is made to. */
export type Scene = {
  readonly system: System;
  readonly workload: Workload;
  readonly random: Random;
  readonly size: Size;
  /** Says in one sentence what was not as it must be. */
  readonly violate: (what: string) => void;
  /** Figures for people, in one sentence. */
  readonly note: (what: string) => void;
};

export type Accident = {
  readonly name: string;
  /** How often. */
  readonly times: Readonly<Record<Size, number>>;
  /** The longest that a group may be without an answered message, from the accident until all is as before, ms. */
  readonly stallMaxMs: number;
  /** Breaks something and mends it. Resolves when what was broken serves again. */
  readonly happen: (scene: Scene) => Promise<void>;
};
