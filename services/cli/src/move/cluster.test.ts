import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { FORMAT, writeInstallation } from "@guildhall/installation";
import { connectNats, type Nats } from "@guildhall/nats";
import { dropKeyspace } from "@guildhall/store/testing";
import { scratchFolder } from "@guildhall/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clusterChecks } from "../doctor/cluster.ts";
import { diagnose } from "../doctor/finding.ts";
import { openCluster } from "../installation/cluster.ts";
import { openFolder } from "../installation/folder.ts";
import { bucketOf, clusterConfig } from "../installation/settings.ts";
import { toCluster, toFolder } from "./directions.ts";
import { contentOf, FILLED, fill, LAST, PARTITIONS } from "./testing.ts";

const { NATS_SERVERS, CASSANDRA_CONTACT_POINTS } = process.env;
const SLOW = { timeout: 120_000 };

describe.skipIf(NATS_SERVERS === undefined || CASSANDRA_CONTACT_POINTS === undefined)(
  "needs NATS_SERVERS and CASSANDRA_CONTACT_POINTS",
  () => {
    const id = crypto.randomUUID().slice(0, 8);
    const settings = {
      NATS_REPLICAS: "1",
      ...process.env,
      PARTITIONS: String(PARTITIONS),
      CASSANDRA_KEYSPACE: `test_${id}`,
    };
    let config: ReturnType<typeof clusterConfig>;
    let nats: Nats;
    let folder: Awaited<ReturnType<typeof scratchFolder>>;
    let [data, back] = ["", ""];
    const news: string[] = [];
    const progress = (text: string): void => void news.push(text);

    /** Asks JetStream, behind every adapter's back. */
    async function ask(call: string, body: object = {}): Promise<Readonly<Record<string, unknown>>> {
      return (await nats.connection.request(`$JS.API.${call}`, JSON.stringify(body), { timeout: 10_000 })).json();
    }

    beforeAll(async () => {
      config = { ...clusterConfig(settings), prefix: `t${id}` };
      nats = await connectNats(config.nats, "move test", () => {});
      folder = await scratchFolder();
      [data, back] = [join(folder.path, "data"), join(folder.path, "back")];
      await mkdir(data, { mode: 0o700 });
      await writeInstallation(data, { format: FORMAT, partitions: PARTITIONS });
      await using side = await openFolder(data, [], (p) => FILLED[p]?.first ?? 1);
      await fill(side);
    }, 60_000);
    afterAll(async () => {
      for (let p = 0; p < PARTITIONS; p++) await ask(`STREAM.DELETE.t${id}JOURNAL_${p}`);
      await ask(`STREAM.DELETE.KV_${bucketOf(config)}`);
      await nats[Symbol.asyncDispose]();
      await dropKeyspace(config.cassandra);
      await folder[Symbol.asyncDispose]();
    }, 120_000);

    test("a folder moves to a cluster and back with the same content, positions and timestamps", SLOW, async () => {
      const moved = await toCluster(data, config, progress);
      await expect(toCluster(data, config, progress)).rejects.toThrow(
        "the cluster is not empty: a move into it ended at",
      );
      const again = await toFolder(back, config, progress);

      expect(again).toEqual(moved);
      await using before = await openFolder(data);
      await using after = await openFolder(back);
      expect(await contentOf(after)).toEqual(await contentOf(before));
      await using cluster = await openCluster(config, { isTarget: false, more: [] });
      await using side = await cluster.side();
      expect(await contentOf(side)).toEqual(await contentOf(before));
      expect(await side.journal.append(2, LAST, new Uint8Array([1]))).toBe(LAST + 1);
    });

    test("what is wrong with the streams of the cluster is found, and how to mend it", SLOW, async () => {
      const stream = `t${id}JOURNAL_1`;
      const look = async () => {
        const checks = clusterChecks(config, () => Date.now()).filter(({ name }) =>
          ["jetstream", "leases"].includes(name),
        );
        return (await diagnose(checks)).filter(({ state }) => state !== "ok").map(({ what }) => what);
      };
      const well = await look();
      const { config: found } = await ask(`STREAM.INFO.${stream}`);
      await ask(`STREAM.UPDATE.${stream}`, { ...(found as object), discard: "old", num_replicas: 1 });

      const ill = await look();

      expect(well).toEqual([]);
      expect(ill).toContain(`${stream}: discard is "old", not "new"`);
      if (config.natsReplicas === 3) expect(ill).toContain(`${stream}: num_replicas is 1, not 3`);
    });

    test(
      "a move out of a cluster is refused while somebody holds a lease, and with another number of partitions",
      SLOW,
      async () => {
        const away = join(folder.path, "away");
        await expect(toFolder(away, { ...config, partitions: 3 }, progress)).rejects.toThrow(
          "has streams of 4 partitions, not 3",
        );
        await using cluster = await openCluster(config, { isTarget: false, more: [] });
        await cluster.leases.hold("partition.1");

        await expect(toFolder(away, config, progress)).rejects.toThrow(
          "services run on the cluster: partition.1 held by",
        );
      },
    );
  },
);
