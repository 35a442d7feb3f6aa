import { FOLDER } from "./folder/folder.ts";
import type { FaultScenario } from "./scenario.ts";
import { SYSCALLS } from "./syscalls/syscalls.ts";

/** Every fault scenario, in the order in which `all` runs them. */
export const SCENARIOS: readonly FaultScenario[] = [FOLDER, SYSCALLS];
