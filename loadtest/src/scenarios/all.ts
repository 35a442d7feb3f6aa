import { clusterDurable } from "./cluster-durable.ts";
import { clusterGateways } from "./cluster-gateways.ts";
import { clusterGroup } from "./cluster-group.ts";
import { CROWDS, measuredCrowd } from "./crowds.ts";
import { history } from "./history.ts";
import { idle } from "./idle.ts";
import type { MeasuredScenario } from "./measured.ts";
import { permitBounds } from "./permit-bounds.ts";
import { reconnect } from "./reconnect.ts";

/** Every scenario that has bounds, in the order in which `all` runs them. */
export const MEASURED: readonly MeasuredScenario[] = [
  ...CROWDS.map(measuredCrowd),
  idle,
  reconnect,
  permitBounds,
  history,
];

/** Those that have bounds and need a cluster that runs: each is run by its name. */
export const CLUSTERED: readonly MeasuredScenario[] = [clusterDurable, clusterGroup, clusterGateways];
