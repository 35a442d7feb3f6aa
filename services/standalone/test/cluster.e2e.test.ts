import { afterAll, beforeAll, describe, vi } from "vitest";
import type { Bench } from "./bench.ts";
import { CLUSTER_NEEDS, startCluster, type TestCluster } from "./cluster.ts";
import { devicesContract } from "./devices.contract.ts";
import { eventsContract } from "./events.contract.ts";
import { featuresContract } from "./features.contract.ts";
import { groupContract } from "./group.contract.ts";
import { liveContract } from "./live.contract.ts";
import { replayContract } from "./replay.contract.ts";

/** Starting processes anew takes its time. */
vi.setConfig({ testTimeout: 120_000 });

const missing = CLUSTER_NEEDS.some((name) => (process.env[name] ?? "") === "");

describe.skipIf(missing)(`on a cluster (needs ${CLUSTER_NEEDS.join(", ")})`, () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster();
  }, 300_000);
  afterAll(() => cluster[Symbol.asyncDispose](), 120_000);

  const bench = async (): Promise<Bench> => cluster.bench();
  groupContract(bench);
  featuresContract(bench);
  eventsContract(bench);
  liveContract(bench);
  devicesContract(bench);
  replayContract(bench);
});
