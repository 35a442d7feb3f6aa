import { beginEpochs } from "@guildhall/installation";
import { Closers } from "@guildhall/kernel";
import { openCluster } from "../installation/cluster.ts";
import type { ClusterConfig } from "../installation/settings.ts";
import { untilQuiet } from "../move/quiet.ts";

/**
 * Begins a new epoch in every partition of a cluster whose services are stopped, and says in how many. A journal that
 * is behind its store, or empty, is left to whoever takes it over.
 * @throws Failure while somebody holds a lease, or for another number of partitions; AppError as `beginEpochs`.
 */
export async function beginAnew(
  config: ClusterConfig,
): Promise<{ readonly begun: number; readonly partitions: number }> {
  const { partitions } = config;
  const closers = new Closers();
  try {
    const cluster = closers.use(await openCluster(config, { isTarget: false, more: [] }));
    await untilQuiet(cluster.leases);
    await cluster.mustHave(partitions);
    const { journal, store } = closers.use(await cluster.side());
    return { begun: await beginEpochs(partitions, journal, store), partitions };
  } finally {
    await closers[Symbol.asyncDispose]();
  }
}
