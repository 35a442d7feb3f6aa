import { join } from "node:path";
import { type ApiConfig, apiConfig } from "@guildhall/api/config";
import type { Env } from "@guildhall/config";
import { type FanoutConfig, fanoutConfig } from "@guildhall/fanout/config";
import { type GatewayConfig, gatewayConfig } from "@guildhall/gateway/config";
import { type PermissionConfig, permissionConfig } from "@guildhall/permission/config";

export type StandaloneConfig = {
  /** The folder that holds everything. */
  readonly dataPath: string;
  readonly journalMaxBytes: number;
  readonly partitions: number;
  readonly gateway: GatewayConfig;
  readonly permission: PermissionConfig;
  readonly fanout: FanoutConfig;
  readonly api: ApiConfig;
};

export function standaloneConfig(env: Env): StandaloneConfig {
  const dataPath = env.text("GUILDHALL_DATA", "data");
  return {
    dataPath,
    journalMaxBytes: env.int("JOURNAL_MAX_MIB", 2_048, { min: 1, max: 1_048_576 }) * 1024 * 1024,
    partitions: env.int("PARTITIONS", 16, { min: 1, max: 1_024 }),
    // One process a port here: a second start must end with a sentence, not share the clients.
    gateway: { ...gatewayConfig(env), exclusivePort: true },
    permission: {
      ...permissionConfig(env),
      socketPath: env.text("PERMISSION_SOCKET", join(dataPath, "permission.sock")),
    },
    fanout: fanoutConfig(env),
    api: apiConfig(env),
  };
}
