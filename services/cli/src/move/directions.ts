import { existsSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import {
  FORMAT,
  INSTALLATION_FILE,
  lockFolder,
  RESTORED_FILE,
  readInstallation,
  writeInstallation,
} from "@guildhall/installation";
import { Closers } from "@guildhall/kernel";
import { Failure } from "../command.ts";
import { openCluster } from "../installation/cluster.ts";
import { makeFolder, openFolder } from "../installation/folder.ts";
import type { ClusterConfig } from "../installation/settings.ts";
import { endsOf, MOVES } from "./marker.ts";
import { type Moved, moveAll } from "./move.ts";
import { untilQuiet } from "./quiet.ts";
import type { Progress } from "./rows.ts";

const MARKERS = [MOVES as never];

/** From the data folder `path`, which no server may have open, to an empty cluster. @throws Failure, AppError as `moveAll`. */
export async function toCluster(path: string, config: ClusterConfig, progress: Progress): Promise<Moved> {
  if (!existsSync(path)) throw new Failure(`there is no folder ${path}`);
  const installation = await readInstallation(path);
  if (installation === undefined) throw new Failure(`nothing is in ${path} yet: start the services of the cluster`);
  if (installation.format !== FORMAT || installation.from !== undefined) {
    throw new Failure(
      `the data in ${path} have another format than ${FORMAT}: start this version on them once (npm start)`,
    );
  }
  if (existsSync(join(path, RESTORED_FILE))) {
    throw new Failure(
      `${path} is a copy from earlier: start the server on it once, so that its epochs begin (npm start)`,
    );
  }
  const { partitions } = installation;
  if (partitions !== config.partitions) {
    throw new Failure(
      `${path} has ${partitions} partitions and the cluster ${config.partitions}: set PARTITIONS=${partitions}`,
    );
  }
  const closers = new Closers();
  try {
    const real = await realpath(path);
    closers.use(await lockFolder(real));
    const cluster = closers.use(await openCluster(config, { isTarget: true, more: MARKERS }));
    await untilQuiet(cluster.leases);
    const source = closers.use(await openFolder(real));
    const ends = await endsOf(source, partitions);
    const target = closers.use(await cluster.side((p) => ends[p]?.first ?? 1));
    return await moveAll({ source, target, ends, progress });
  } finally {
    await closers[Symbol.asyncDispose]();
  }
}

/** From a cluster whose services are stopped to a new data folder `path`. @throws Failure, AppError as `moveAll`. */
export async function toFolder(path: string, config: ClusterConfig, progress: Progress): Promise<Moved> {
  const { partitions } = config;
  const closers = new Closers();
  try {
    const real = await makeFolder(path);
    closers.use(await lockFolder(real));
    if (existsSync(join(real, INSTALLATION_FILE))) throw new Failure(`the folder ${path} has an installation in it`);
    const cluster = closers.use(await openCluster(config, { isTarget: false, more: [] }));
    await untilQuiet(cluster.leases);
    await cluster.mustHave(partitions);
    const source = closers.use(await cluster.side());
    const ends = await endsOf(source, partitions);
    const target = closers.use(await openFolder(real, MARKERS, (p) => ends[p]?.first ?? 1));
    const moved = await moveAll({ source, target, ends, progress });
    // Without it the server does not start: only what is whole gets it.
    await writeInstallation(real, { format: FORMAT, partitions });
    return moved;
  } finally {
    await closers[Symbol.asyncDispose]();
  }
}
