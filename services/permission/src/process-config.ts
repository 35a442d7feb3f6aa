import { type AdminAddress, adminAddress, type Env } from "@guildhall/config";
import { type NatsConfig, natsConfig } from "@guildhall/nats";
import { type PermissionConfig, permissionConfig } from "./config.ts";

export type PermissionProcessConfig = {
  readonly permission: PermissionConfig;
  readonly nats: NatsConfig;
  readonly admin: AdminAddress;
};

/** The settings of a sidecar that is a process of its own. */
export function permissionProcessConfig(env: Env): PermissionProcessConfig {
  return { permission: permissionConfig(env), nats: natsConfig(env), admin: adminAddress(env) };
}
