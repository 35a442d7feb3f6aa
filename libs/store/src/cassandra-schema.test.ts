import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Env } from "@guildhall/config";
import cassandra, { type Client } from "cassandra-driver";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SOME_TABLES } from "../test/some-tables.ts";
import { connectCassandra } from "./cassandra-client.ts";
import { changesFor, migrate, untilMigrated } from "./cassandra-schema.ts";
import { type CassandraConfig, cassandraConfig } from "./cassandra-settings.ts";
import { isBeingMade, SCHEMA_STEPS, type SchemaStep, versionOf } from "./cassandra-version.ts";
import { defineTable } from "./store.ts";

const PROCESS = fileURLToPath(new URL("../test/migrating-process.ts", import.meta.url));
const plain = { prepare: false };
const NEWEST = versionOf(SCHEMA_STEPS);
/** Dropping a keyspace removes its files first. */
const slow = { ...plain, readTimeout: 60_000 };

type Row = { id: number; value: number | null };
const table = defineTable<Row>({
  name: "numbers",
  partition: ["id"],
  clustering: [],
  columns: { id: "int", value: "int" },
});

test("a column that is not declared is one of a newer version, and refused", () => {
  const found = [
    { table: "numbers", column: "id", type: "bigint", kind: "partition_key" },
    { table: "numbers", column: "value", type: "bigint", kind: "regular" },
    { table: "numbers", column: "unit", type: "text", kind: "regular" },
  ];

  expect(() => changesFor("chat", [table], found)).toThrow(
    "CONFLICT: Cassandra table chat.numbers has a column unit that this Guildhall does not know: start a newer version",
  );
  expect(changesFor("chat", [table], found.slice(0, 2))).toEqual([]);
});

test("a table that the server lists and does not serve yet is one that is being made; other errors are errors", () => {
  const { ResponseError } = cassandra.errors;
  const { invalid, serverError, overloaded } = cassandra.types.responseErrorCodes;
  const unknown = "java.lang.IllegalArgumentException: Unknown CF 23218f83-fd29-4244-8006-b3cf723d1b14";

  expect(isBeingMade(new ResponseError(serverError, unknown))).toBe(true);
  expect(isBeingMade(new ResponseError(invalid, "table schema_version does not exist"))).toBe(true);
  expect(isBeingMade(new ResponseError(serverError, "java.lang.RuntimeException"))).toBe(false);
  expect(isBeingMade(new ResponseError(overloaded, unknown))).toBe(false);
  expect(isBeingMade(new Error(unknown))).toBe(false);
});

describe.skipIf(process.env["CASSANDRA_CONTACT_POINTS"] === undefined)("needs CASSANDRA_CONTACT_POINTS", () => {
  const configs: CassandraConfig[] = [];
  let client: Client;

  function fresh(): CassandraConfig {
    const keyspace = `test_${crypto.randomUUID().slice(0, 8)}`;
    const config = cassandraConfig(new Env({ ...process.env, CASSANDRA_KEYSPACE: keyspace }));
    configs.push(config);
    return config;
  }

  beforeAll(async () => {
    client = await connectCassandra(fresh());
  }, 60_000);
  afterAll(async () => {
    for (const { keyspace } of configs) await client.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`, [], slow);
    await client.shutdown();
  }, 60_000);

  const rows = async (query: string) => (await client.execute(query, [], plain)).rows;

  test("four processes that start at once on nothing all end well and leave one version of one schema", async () => {
    const { keyspace } = fresh();
    const node = ["--conditions=source", "--import", "tsx", PROCESS];
    const env = { ...process.env, CASSANDRA_KEYSPACE: keyspace };

    const ended = await Promise.all(
      Array.from({ length: 4 }, () => promisify(execFile)(process.execPath, node, { env, timeout: 100_000 })),
    );

    expect(ended.map(({ stdout }) => stdout.trim().split("\n").at(-1))).toEqual(Array(4).fill("wrote and read"));
    const changes = await rows(`SELECT name FROM ${keyspace}.schema_changes`);
    expect(changes.map((row) => String(row["name"])).toSorted()).toEqual(
      SOME_TABLES.map(({ name }) => name).toSorted(),
    );
    expect(await rows(`SELECT version FROM ${keyspace}.schema_version`)).toMatchObject([{ version: NEWEST }]);
    expect(await rows(`SELECT holder FROM ${keyspace}.schema_lock`)).toEqual([]);
  }, 120_000);

  test("steps run once, in order, in one process, and not on a new keyspace", async () => {
    const ran: number[] = [];
    const step = (version: number): SchemaStep => ({
      version,
      about: `step ${version}`,
      async run(_client, _keyspace, stillHere) {
        await stillHere();
        ran.push(version);
      },
    });
    const [old, latest] = [fresh(), fresh()];
    await migrate(client, old, [table], []);

    await Promise.all([1, 2, 3].map(() => migrate(client, old, [table], [step(2), step(3)])));
    await untilMigrated(client, old, [table], [step(2), step(3)]);
    await migrate(client, latest, [table], [step(2), step(3)]);

    expect(ran).toEqual([2, 3]);
    expect(await rows(`SELECT version FROM ${latest.keyspace}.schema_version`)).toMatchObject([{ version: 3 }]);
  }, 60_000);

  test("a step that was broken off is run again by whoever comes next", async () => {
    const config = fresh();
    let attempts = 0;
    const step: SchemaStep = {
      version: 2,
      about: "fails once",
      run: async () => {
        if (++attempts === 1) throw new Error("broken off");
      },
    };
    await migrate(client, config, [table], []);

    await expect(migrate(client, config, [table], [step])).rejects.toThrow("broken off");
    await migrate(client, config, [table], [step]);

    expect(attempts).toBe(2);
  }, 60_000);

  test("a keyspace of a newer version is refused, by those who migrate and by those who wait", async () => {
    const config = fresh();
    const { keyspace } = config;
    await migrate(client, config, [table], [{ version: 7, about: "from the future", run: async () => {} }]);
    const refusal = `CONFLICT: Cassandra keyspace ${keyspace} has schema version 7, this Guildhall knows ${NEWEST}: start a newer version`;

    await expect(migrate(client, config, [table])).rejects.toThrow(refusal);
    await expect(untilMigrated(client, config, [table])).rejects.toThrow(refusal);
  }, 60_000);

  test("who knows version 1 is kept out once this version has been here", async () => {
    const config = fresh();
    await migrate(client, config, [table], []);
    await migrate(client, config, [table]);

    await expect(migrate(client, config, [table], [])).rejects.toThrow(
      `has schema version ${NEWEST}, this Guildhall knows 1: start a newer version`,
    );
  }, 60_000);

  test("tables of a release that noted no version count as version 1", async () => {
    const config = fresh();
    await migrate(client, config, [table], []);
    await client.execute(`TRUNCATE ${config.keyspace}.schema_version`, [], plain);

    await migrate(client, config, [table], []);

    expect(await rows(`SELECT version FROM ${config.keyspace}.schema_version`)).toMatchObject([{ version: 1 }]);
  }, 60_000);

  test("a keyspace that was dropped is made again", async () => {
    const config = fresh();
    await migrate(client, config, [table]);
    await client.execute(`DROP KEYSPACE ${config.keyspace}`, [], slow);

    await migrate(client, config, [table]);

    expect(await rows(`SELECT version FROM ${config.keyspace}.schema_version`)).toMatchObject([{ version: NEWEST }]);
  }, 60_000);
});
