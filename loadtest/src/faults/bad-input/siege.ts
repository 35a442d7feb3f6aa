import type { Ground } from "../hostile/ground.ts";

/** A case of the catalogue that takes more than bytes in and words out. */
export type Siege = {
  readonly id: string;
  readonly what: string;
  /** Messages it says that are taken; none where left out. */
  readonly commits?: number;
  /** What is wrong, each in a sentence without the case's name. */
  readonly run: (ground: Ground) => Promise<readonly string[]>;
};

/** Says so when a number is not within bounds, both included. */
export function within(what: string, value: number, least: number, most: number): string[] {
  return value >= least && value <= most
    ? []
    : [`${what} is ${Number(value.toFixed(2))}, not from ${least} to ${most}`];
}
