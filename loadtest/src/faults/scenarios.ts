import { removal } from "./removal/removal.ts";
import type { FaultScenario } from "./scenario.ts";
import { slowReaders } from "./slow-readers/slow-readers.ts";

/** Every fault scenario, in the order in which `all` runs them. */
export const SCENARIOS: readonly FaultScenario[] = [slowReaders, removal];
