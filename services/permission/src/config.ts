import type { Env } from "@guildhall/config";

export type PermissionConfig = {
  /** Where the Unix domain socket is made; at most 107 bytes on Linux. */
  readonly socketPath: string;
  /** Partitions of the installation: the same for every process, for ever. */
  readonly partitions: number;
  /** Groups whose facts are kept; beyond it those not asked about lately are dropped. */
  readonly groupsMax: number;
  /** People whose facts are kept, a group; beyond it the oldest are dropped. */
  readonly membersPerGroupMax: number;
};

export function permissionConfig(env: Env): PermissionConfig {
  return {
    socketPath: env.text("PERMISSION_SOCKET", "data/permission.sock"),
    partitions: env.int("PARTITIONS", 16, { min: 1, max: 1_024 }),
    groupsMax: env.int("PERMISSION_GROUPS_MAX", 20_000, { min: 1, max: 1_000_000 }),
    membersPerGroupMax: env.int("PERMISSION_MEMBERS_PER_GROUP_MAX", 10_000, { min: 2, max: 1_000_000 }),
  };
}
