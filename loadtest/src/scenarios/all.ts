import { CROWDS, measuredCrowd } from "./crowds.ts";
import type { MeasuredScenario } from "./measured.ts";

/** Every scenario that has bounds, in the order in which `all` runs them. */
export const MEASURED: readonly MeasuredScenario[] = CROWDS.map(measuredCrowd);
