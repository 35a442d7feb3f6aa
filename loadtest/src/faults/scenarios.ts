import { badInput } from "./bad-input/bad-input.ts";
import { cluster } from "./cluster/cluster.ts";
import { conformance } from "./conformance/conformance.ts";
import { crash } from "./crash/crash.ts";
import { FOLDER } from "./folder/folder.ts";
import { fuzz } from "./fuzz/fuzz.ts";
import { greedy } from "./greedy/greedy.ts";
import { clusterHandOver } from "./hand-over/cluster-hand-over.ts";
import { removal } from "./removal/removal.ts";
import { clusterReplay } from "./replay/cluster-replay.ts";
import { clusterRestore } from "./restore/cluster-restore.ts";
import { clusterRemoval } from "./revocation/cluster-removal.ts";
import type { FaultScenario } from "./scenario.ts";
import { seededFaults } from "./seeded/seeded.ts";
import { simulation } from "./simulation/simulation.ts";
import { slowReaders } from "./slow-readers/slow-readers.ts";
import { SYSCALLS } from "./syscalls/syscalls.ts";

/** Every fault scenario, in the order in which `all` runs them. */
export const SCENARIOS: readonly FaultScenario[] = [
  conformance,
  badInput,
  fuzz,
  simulation,
  FOLDER,
  crash,
  seededFaults,
  SYSCALLS,
  slowReaders,
  greedy,
  removal,
];

/** Those on the servers of `npm run servers`, which `all` leaves out: it starts none. */
export const ON_SERVERS: readonly FaultScenario[] = [
  cluster,
  clusterHandOver,
  clusterRemoval,
  clusterReplay,
  clusterRestore,
];
