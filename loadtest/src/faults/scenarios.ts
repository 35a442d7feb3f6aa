import type { FaultScenario } from "./scenario.ts";
import { simulation } from "./simulation/simulation.ts";

/** Every fault scenario, in the order in which `all` runs them. */
export const SCENARIOS: readonly FaultScenario[] = [simulation];
