import { newestRecord } from "@guildhall/installation";
import { connectNats } from "@guildhall/nats";
import { dropKeyspace } from "@guildhall/store/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openCluster } from "../installation/cluster.ts";
import { bucketOf, clusterConfig } from "../installation/settings.ts";
import { FIRST, fill, LAST, PARTITIONS } from "../move/testing.ts";
import { beginAnew } from "./begin-anew.ts";

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

    beforeAll(async () => {
      config = { ...clusterConfig(settings), prefix: `t${id}` };
      await using cluster = await openCluster(config, { isTarget: true, more: [] });
      await using side = await cluster.side(() => FIRST);
      await fill(side);
    }, 120_000);
    afterAll(async () => {
      await using nats = await connectNats(config.nats, "restored test", () => {});
      const streams = Array.from({ length: PARTITIONS }, (_, p) => `t${id}JOURNAL_${p}`);
      for (const stream of [...streams, `KV_${bucketOf(config)}`])
        await nats.connection.request(`$JS.API.STREAM.DELETE.${stream}`, "{}", { timeout: 10_000 });
      await dropKeyspace(config.cassandra);
    }, 120_000);

    test("each partition gets a record of the next epoch and term, right behind its end", SLOW, async () => {
      const done = await beginAnew(config);

      expect(done).toEqual({ begun: PARTITIONS, partitions: PARTITIONS });
      await using cluster = await openCluster(config, { isTarget: false, more: [] });
      await using side = await cluster.side();
      for (let p = 0; p < PARTITIONS; p++) {
        const { first, last } = await side.journal.end(p);
        expect({ first, last }).toEqual({ first: FIRST, last: LAST + 1 });
        expect(await newestRecord(p, side.journal, first, last)).toMatchObject({ ep: 4, term: 6, e: [] });
      }
    });

    test("it is refused for another number of partitions, and while somebody holds a lease", SLOW, async () => {
      await expect(beginAnew({ ...config, partitions: 3 })).rejects.toThrow("has streams of 4 partitions, not 3");
      await using cluster = await openCluster(config, { isTarget: false, more: [] });
      await cluster.leases.hold("partition.1");

      await expect(beginAnew(config)).rejects.toThrow("services run on the cluster: partition.1 held by");
    });
  },
);
