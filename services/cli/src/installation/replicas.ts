import { type Nats, serverOf } from "@guildhall/nats";
import type { ClusterConfig } from "./settings.ts";

/** Copies that a cluster of so many servers should keep: with three, one may be lost. */
export function replicasFor(servers: number): number {
  return servers >= 3 ? 3 : 1;
}

/** Servers of the cluster: those it tells clients of, which leaves out the ones that are away, or those in the settings. */
export function serversIn({ nats }: ClusterConfig, { connection }: Nats): number {
  return Math.max(serverOf(connection).servers, nats.servers.length);
}
