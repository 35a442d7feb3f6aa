import type { Bus } from "@guildhall/bus";
import { type Clock, Closers, errorCodeOf, type Service } from "@guildhall/kernel";
import { ownerClient } from "@guildhall/owner";
import type { Permit } from "@guildhall/permit";
import { localPermit } from "@guildhall/permit/local";
import type { Registry } from "@guildhall/telemetry";
import type { Log } from "@guildhall/telemetry/log";
import type { PermissionConfig } from "./config.ts";
import { Decisions } from "./decide.ts";
import { FactsKeeper } from "./facts/facts.ts";
import { permissionMetrics } from "./metrics.ts";
import { serve } from "./server/server.ts";

/** How long an owner may take to tell facts. Below the second after which nobody waits for the answer. */
const OWNER_TIMEOUT_MS = 800;

export type PermissionPorts = {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly registry: Registry;
  readonly log: Log;
  /** In place of a Unix domain socket of this machine. */
  readonly serve?: typeof serve;
};

/** `permit` asks it in the same process; other processes ask on `socketPath`. */
export type Permission = Service & { readonly permit: Permit; readonly socketPath: string };

/**
 * Starts the sidecar: keeps the facts of groups that are asked about and decides from them.
 * Resolves once it hears every partition and its socket takes connections.
 * @throws Error when the socket cannot be made.
 */
export async function startPermission(config: PermissionConfig, ports: PermissionPorts): Promise<Permission> {
  const { bus, clock, registry, log } = ports;
  const closers = new Closers();
  try {
    const owner = ownerClient(bus, { partitions: config.partitions, timeoutMs: OWNER_TIMEOUT_MS });
    const facts = await FactsKeeper.open(config, {
      bus,
      clock,
      owner,
      onFailure(error) {
        metrics.loadFailed();
        // An owner that cannot answer is the metric's business; anything else is a bug here or there.
        if (errorCodeOf(error) !== "UNAVAILABLE") log.error("facts_not_loaded", error);
      },
    });
    closers.defer(() => facts.stop());
    const metrics = permissionMetrics(registry, () => facts.size);
    closers.defer(() => metrics.stop());

    const decisions = new Decisions({ facts, clock, metrics });
    closers.use(
      await (ports.serve ?? serve)(config.socketPath, decisions, (error) => log.error("permission_socket", error)),
    );
    const permit = closers.use(localPermit(decisions));
    return {
      name: "permission",
      permit,
      socketPath: config.socketPath,
      [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose](),
    };
  } catch (error) {
    await closers[Symbol.asyncDispose]();
    throw error;
  }
}
