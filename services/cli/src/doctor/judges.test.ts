import type { JetStreamFound } from "@guildhall/journal/jetstream-inspect";
import type { CassandraFound } from "@guildhall/store/cassandra-inspect";
import { describe, expect, test } from "vitest";
import { replicasFor } from "../installation/replicas.ts";
import { judgeCassandra } from "./cassandra.ts";
import { judgeClock } from "./clock.ts";
import type { Finding } from "./finding.ts";
import { type Machine, machineChecks } from "./machine.ts";
import { judgeCluster, judgeLeases, judgeServer, judgeStreams, judgeSync } from "./nats.ts";
import { judgeRedis } from "./redis.ts";

/** What is not ok, as state and sentence. */
const bad = (findings: readonly Finding[]): string[] =>
  findings.filter(({ state }) => state !== "ok").map(({ state, what, mend }) => `${state} ${what} — ${mend ?? ""}`);

const ahead = { ms: 3, within: 5 };

describe("nats", () => {
  const server = { name: "n1", version: "2.15.2", servers: 3, jetstream: true };

  test.each([
    ["2.15.2", []],
    ["2.16.0-RC.1", []],
    ["2.12.3", ["warn n1 is nats-server 2.12.3, older than the tested 2.15"]],
    ["2.9.10", ["wrong n1 is nats-server 2.9.10; below 2.12.3 acknowledged records can be lost"]],
  ])("version %s", (version, expected) => {
    const found = bad(judgeServer({ ...server, version }));

    expect(found.map((text) => text.split(" — ")[0])).toEqual(expected);
  });

  test("a server without JetStream is wrong, one or two servers are warned of", () => {
    expect(bad(judgeServer({ ...server, jetstream: false }))[0]).toMatch(/^wrong n1 has no JetStream/);
    expect([1, 2, 3, 5].map((servers) => judgeCluster(servers).state)).toEqual(["warn", "warn", "ok", "ok"]);
    expect([1, 2, 3, 5].map(replicasFor)).toEqual([1, 1, 3, 3]);
  });

  test("a server that answers before the disk has it is wrong; without monitors that is not known", () => {
    const monitor = { name: "n1", syncAlways: true, clusterSize: 3 };

    expect(bad(judgeSync([monitor]))).toEqual([]);
    expect(bad(judgeSync([monitor, { ...monitor, name: "n2", syncAlways: false }]))).toEqual([
      expect.stringMatching(/^wrong n2 answers before the disk has it.*— sync_interval: always/),
    ]);
    expect(bad(judgeSync([{ ...monitor, syncAlways: undefined }]))[0]).toMatch(/^wrong n1 has no JetStream/);
    expect(bad(judgeSync([]))[0]).toMatch(/^warn sync_interval cannot be seen from here — check each server/);
  });

  const stream = (partition: number) => ({
    partition,
    stream: `JOURNAL_${partition}`,
    replicas: 3,
    bytes: 10,
    wrong: [],
    ill: [],
  });
  const found = (change: Partial<JetStreamFound> = {}): JetStreamFound => ({
    streams: [0, 1, 2, 3].map(stream),
    usedBytes: 2 ** 20,
    maxBytes: undefined,
    ahead,
    ...change,
  });

  test("streams as they must be are ok, and none at all are a new installation", () => {
    expect(bad(judgeStreams(found(), 4, 3))).toEqual([]);
    expect(bad(judgeStreams(found({ streams: [] }), 4, 3))).toEqual([]);
  });

  test("a missing stream, and one too many, are told with what to do", () => {
    expect(bad(judgeStreams(found({ streams: [0, 2].map(stream) }), 4, 3))[0]).toMatch(
      /^wrong 2 of 4 streams are there; JOURNAL_ 1, 3 are not — restore them/,
    );
    expect(bad(judgeStreams(found(), 3, 3))[0]).toMatch(
      /^wrong stream JOURNAL_3 is there, so the installation has more than PARTITIONS=3 — set PARTITIONS/,
    );
  });

  test("a stream with one copy, the wrong discard or a copy that is away says how to mend it", () => {
    const faulty = {
      ...stream(1),
      wrong: ["num_replicas is 1, not 3", 'discard is "old", not "new"'],
      ill: ["n2 is offline"],
    };

    expect(bad(judgeStreams(found({ streams: [stream(0), faulty, stream(2), stream(3)] }), 4, 3))).toEqual([
      "wrong JOURNAL_1: num_replicas is 1, not 3 — nats stream edit JOURNAL_1 --replicas 3 (or set NATS_REPLICAS if that is meant)",
      'wrong JOURNAL_1: discard is "old", not "new" — nats stream edit JOURNAL_1 --discard new',
      "warn JOURNAL_1: n2 is offline — see to that server; until then one copy less is there",
    ]);
  });

  test("JetStream nearly full, and its clock far away, are told", () => {
    const text = bad(judgeStreams(found({ usedBytes: 9, maxBytes: 10, ahead: { ms: -3_000, within: 10 } }), 4, 3));

    expect(text[0]).toMatch(/^warn JetStream keeps 1 MiB of the 0 MiB it may/);
    expect(text[1]).toMatch(/^wrong clock of JetStream: 3000 ms behind/);
  });

  test("a bucket of leases with another time to live or too few copies is wrong", () => {
    const bucket = { bucket: "guildhall-leases", ttlMs: 5_000, replicas: 3, history: 1 };

    expect(bad(judgeLeases(bucket, 3))).toEqual([]);
    expect(bad(judgeLeases(undefined, 3))).toEqual([]);
    expect(bad(judgeLeases({ ...bucket, ttlMs: 60_000, replicas: 1 }, 3)).map((text) => text.split(" — ")[0])).toEqual([
      "wrong leases in guildhall-leases end after 60000 ms, not 5000",
      "wrong bucket guildhall-leases has 1 copies, not 3",
    ]);
  });
});

describe("cassandra", () => {
  const node = { address: "a:9042", version: "5.0.5", up: true, commitlogSync: "group", ahead };
  const well: CassandraFound = {
    nodes: [node],
    datacenters: ["dc1"],
    replicas: { class: "org.apache.cassandra.locator.NetworkTopologyStrategy", dc1: "3" },
    authReplicas: { class: "SimpleStrategy", replication_factor: "1" },
    missing: [],
    clash: undefined,
    schemaVersions: 1,
  };
  const expected = { keyspace: "guildhall", datacenter: "dc1", replicas: 3, login: false };
  const first = (change: Partial<CassandraFound>, more: Partial<typeof expected> = {}) =>
    bad(judgeCassandra({ ...well, ...change }, { ...expected, ...more }))[0];

  test("a cluster that is well has nothing to mend", () => {
    expect(bad(judgeCassandra(well, expected))).toEqual([]);
    expect(bad(judgeCassandra({ ...well, replicas: undefined, missing: ["x"] }, expected))).toEqual([]);
  });

  test.each<[string, Partial<CassandraFound>, RegExp]>([
    [
      "an old version",
      { nodes: [{ ...node, version: "4.1.3" }] },
      /^wrong node a:9042 is Cassandra 4.1.3, older than 5.0/,
    ],
    ["one nobody tried", { nodes: [{ ...node, version: "6.0.0" }] }, /^warn .*newer than any/],
    ["a node that is down", { nodes: [{ ...node, up: false }] }, /^wrong node a:9042 is down/],
    [
      "a late commit log",
      { nodes: [{ ...node, commitlogSync: "periodic" }] },
      /^warn .*commitlog_sync: periodic.*— commitlog_sync: group/,
    ],
    ["one that is not told", { nodes: [{ ...node, commitlogSync: undefined }] }, /^warn .*cannot be seen from here/],
    ["a clock", { nodes: [{ ...node, ahead: { ms: 900, within: 9 } }] }, /^warn clock of node a:9042: 900 ms ahead/],
    ["an old schema", { missing: ["ALTER"] }, /^warn the schema lacks 1 changes/],
    ["a clash", { clash: "groups: g is text" }, /^wrong groups: g is text/],
    ["two schemas", { schemaVersions: 2 }, /^warn nodes have 2 versions/],
    ["another datacenter", { datacenters: ["dc2"] }, /^wrong there is no datacenter dc1, only dc2/],
    [
      "SimpleStrategy",
      { replicas: { class: "SimpleStrategy" } },
      /^wrong keyspace guildhall has SimpleStrategy — ALTER KEYSPACE/,
    ],
    [
      "too few copies",
      { replicas: { ...well.replicas, dc1: "1" } as never },
      /^wrong keyspace guildhall keeps 1 copies, not 3/,
    ],
  ])("%s", (_, change, sentence) => {
    expect(first(change)).toMatch(sentence);
  });

  test("one copy where one is asked for is warned of; logins with fewer copies than nodes too", () => {
    const one = { replicas: { ...well.replicas, dc1: "1" } as never };

    expect(first(one, { replicas: 1 })).toMatch(/^warn keyspace guildhall keeps 1 copies: no node may be lost/);
    expect(first({ nodes: [node, { ...node, address: "b:9042" }] }, { login: true })).toMatch(
      /^warn system_auth keeps 1/,
    );
  });
});

test("redis: an old one is wrong; one that takes all memory or forgets is warned of", () => {
  const well = { version: "7.0.15", maxMemoryBytes: 2 ** 28, evicts: "noeviction", ahead };

  expect(bad(judgeRedis(well))).toEqual([]);
  expect(bad(judgeRedis({ ...well, maxMemoryBytes: undefined, evicts: undefined }))).toEqual([]);
  expect(bad(judgeRedis({ ...well, version: "6.2.1" }))[0]).toMatch(/^wrong Redis 6.2.1 is older than 7.0/);
  expect(bad(judgeRedis({ ...well, maxMemoryBytes: 0 }))[0]).toMatch(/^warn Redis takes memory without a bound/);
  expect(bad(judgeRedis({ ...well, evicts: "allkeys-lru" }))[0]).toMatch(/^warn Redis forgets/);
});

test("clocks are judged by the least difference there can be", () => {
  expect(judgeClock("x", { ms: 2_500, within: 600 }).state).toBe("warn");
  expect(judgeClock("x", { ms: 2_500, within: 400 }).state).toBe("wrong");
  expect(judgeClock("x", { ms: -450, within: 1 }).state).toBe("ok");
  expect(judgeClock("x", undefined)).toMatchObject({ state: "ok", what: expect.stringContaining("cannot be seen") });
});

describe("the machine", () => {
  const texts: Readonly<Record<string, string>> = {
    "/proc/self/limits":
      "Limit  Soft  Hard\nMax open files            1048576              1048576              files\n",
    "/proc/sys/fs/file-max": "9223372036854775807\n",
    "/proc/sys/net/core/somaxconn": "4096\n",
    "/proc/sys/vm/max_map_count": "1048575\n",
    "/sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never\n",
  };
  const look = async (change: Readonly<Record<string, string>>, nodeVersion = "20.20.2", here = true) => {
    const all = { ...texts, ...change };
    const machine: Machine = {
      nodeVersion,
      text: async (path) => all[path],
      room: async () => ({ free: 1, total: 1 }),
    };
    const checks = machineChecks(machine, { cassandra: here, redis: here });
    return bad((await Promise.all(checks.map((check) => check.look()))).flat());
  };

  test("one that is well has nothing to mend, and neither has one that tells nothing", async () => {
    expect(await look({})).toEqual([]);
    expect(await look(Object.fromEntries(Object.keys(texts).map((path) => [path, ""])))).toEqual([]);
  });

  test.each([
    [
      "/proc/self/limits",
      "Max open files            1024                 524288               files",
      /^warn a process may have 1024 files open/,
    ],
    ["/proc/sys/fs/file-max", "65536", /^warn fs.file-max is 65536, less than 1000000 — sysctl -w fs.file-max=1000000/],
    ["/proc/sys/net/core/somaxconn", "128", /^warn net.core.somaxconn is 128/],
    ["/proc/sys/vm/max_map_count", "65530", /^warn vm.max_map_count is 65530/],
    ["/sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never", /^warn transparent huge pages: always/],
  ])("%s", async (path, text, sentence) => {
    expect(await look({ [path]: text })).toEqual([expect.stringMatching(sentence)]);
  });

  test("an old Node is wrong; what only servers need is not asked for where they are not", async () => {
    expect((await look({}, "18.19.0"))[0]).toMatch(/^wrong Node 18.19.0 is older than 20.19/);
    expect(await look({ "/proc/sys/vm/max_map_count": "65530" }, "24.1.0", false)).toEqual([]);
  });
});
