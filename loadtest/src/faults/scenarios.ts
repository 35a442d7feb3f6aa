import { removal } from "./removal/removal.ts";
import type { FaultScenario } from "./scenario.ts";

/** Every fault scenario, in the order in which `all` runs them. */
export const SCENARIOS: readonly FaultScenario[] = [removal];
