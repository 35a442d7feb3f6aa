import { crash } from "./crash/crash.ts";
import type { FaultScenario } from "./scenario.ts";
import { seededFaults } from "./seeded/seeded.ts";

/** Every fault scenario, in the order in which `all` runs them. */
export const SCENARIOS: readonly FaultScenario[] = [crash, seededFaults];
