import type { ExplainArgs } from "@guildhall/proto";
import type { GuildhallError } from "./errors.ts";

const DETAILS = ["bit", "axis", "until", "max", "window", "owner"] as const;

/** What is asked about, with what of an error's details a cause is told by. */
export function explainArgs({
  u,
  error,
}: {
  readonly u?: number;
  readonly error?: GuildhallError;
}): Pick<ExplainArgs, "u" | "c" | "d"> {
  const details = (error?.d ?? {}) as Readonly<Record<string, unknown>>;
  const told = DETAILS.filter((name) => details[name] !== undefined).map((name) => [name, details[name]]);
  return {
    ...(u === undefined ? {} : { u }),
    ...(error === undefined ? {} : { c: error.c, d: Object.fromEntries(told) as NonNullable<ExplainArgs["d"]> }),
  };
}
