import type { FanoutConfig } from "@guildhall/fanout/config";
import type { GatewayConfig } from "@guildhall/gateway/config";
import type { PermissionConfig } from "@guildhall/permission/config";

/** One partition: all entities meet in one journal, so that each fault meets all of them. */
export const PARTITIONS = 1;

/** Gateways, each with its sidecar in its process. */
export const EDGES = 2;

const OFF = { count: 0, perMs: 1_000, burst: 1 };

export const OWNER: FanoutConfig = {
  partitions: PARTITIONS,
  journalKeepMs: 86_400_000,
  journalKeepBytes: 2 ** 30,
  backlogMemoryBytes: 2 ** 24,
};

/** A handful of records. */
export const SHORT_MEMORY_BYTES = 2_000;

export const PERMISSION: PermissionConfig = {
  socketPath: "",
  partitions: PARTITIONS,
  groupsMax: 100,
  membersPerGroupMax: 100,
};

/** No limits: what is looked for here is what happens below them. */
export const EDGE: GatewayConfig = {
  host: "simulated",
  port: 0,
  partitions: PARTITIONS,
  origins: [],
  tls: undefined,
  trustedProxies: [],
  exclusivePort: true,
  gatherMaxMs: 2,
  heartbeatMs: 5_000,
  drainMs: 0,
  profile: "loadtest",
  limits: {
    frames: OFF,
    refusedPerMinute: 0,
    sends: OFF,
    sendsInGroup: OFF,
    groupSends: OFF,
    handshakes: OFF,
    nodeHandshakes: OFF,
    silentPerAddress: 0,
    silentMax: 0,
    connectionsPerPerson: 0,
  },
};
