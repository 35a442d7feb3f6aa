import { Env } from "@guildhall/config";
import type { Client } from "cassandra-driver";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allRowsContract } from "./all-rows.contract.ts";
import { cassandraStore } from "./cassandra.ts";
import { connectCassandra } from "./cassandra-client.ts";
import { changesFor, migrate } from "./cassandra-schema.ts";
import { cassandraConfig } from "./cassandra-settings.ts";
import { CONTRACT_TABLES, storeContract } from "./store.contract.ts";
import { defineTable } from "./store.ts";

describe.skipIf(process.env["CASSANDRA_CONTACT_POINTS"] === undefined)("needs CASSANDRA_CONTACT_POINTS", () => {
  const keyspace = `test_${crypto.randomUUID().slice(0, 8)}`;
  const config = cassandraConfig(new Env({ ...process.env, CASSANDRA_KEYSPACE: keyspace }));
  const plain = { prepare: false };
  /** Dropping a keyspace removes its files first. */
  const slow = { ...plain, readTimeout: 60_000 };
  let client: Client;

  beforeAll(async () => {
    client = await connectCassandra(config);
    await migrate(client, config, CONTRACT_TABLES);
  }, 60_000);
  afterAll(async () => {
    await client.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`, [], slow);
    await client.shutdown();
  }, 60_000);

  const opened = () => cassandraStore({ config, tables: CONTRACT_TABLES, changesSchema: true });

  async function emptied() {
    await Promise.all(CONTRACT_TABLES.map(({ name }) => client.execute(`TRUNCATE ${keyspace}.${name}`, [], slow)));
    return opened();
  }

  storeContract("cassandra", emptied, {
    async reopen(store) {
      await store[Symbol.asyncDispose]();
      return opened();
    },
  });
  allRowsContract("cassandra", emptied);

  type Row = { id: number; value: number | null; later?: string | null };
  const before = defineTable<Row>({
    name: "growing",
    partition: ["id"],
    clustering: [],
    columns: { id: "int", value: "int", later: "text" },
  });

  test("a column declared later is added, and reads as null in older rows", async () => {
    const { later: _, ...columns } = before.columns;
    const old = await cassandraStore({
      config,
      tables: [{ ...before, columns } as typeof before],
      changesSchema: true,
    });
    await old.write([{ table: "growing", key: [1], row: { value: 7 }, timestamp: 1 }]);
    await old[Symbol.asyncDispose]();

    await using store = await cassandraStore({ config, tables: [before], changesSchema: true });

    expect(await store.get(before, [1])).toStrictEqual({ id: 1, value: 7, later: null });
  }, 30_000);

  test("connections that migrate at once leave one schema", async () => {
    const table = defineTable<Row>({ ...before, name: "raced" });

    const made = await Promise.all(Array.from({ length: 6 }, () => migrate(client, config, [table])));

    expect(made.flat()).toHaveLength(1);
    await using store = await cassandraStore({ config, tables: [table], changesSchema: false });
    await store.write([{ table: "raced", key: [1], row: { value: 1 }, timestamp: 1 }]);
    expect(await store.get(table, [1])).toMatchObject({ value: 1 });
  }, 60_000);

  test("what cannot be changed is refused with what it is", () => {
    const found = [
      { table: "growing", column: "id", type: "bigint", kind: "partition_key" },
      { table: "growing", column: "value", type: "text", kind: "regular" },
    ];

    expect(() => changesFor(keyspace, [before], found)).toThrow(
      /CONFLICT: Cassandra table growing: value is regular text, not regular bigint/,
    );
  });

  test("equal reads at the same time share answers, and each reader has rows of its own", async () => {
    let statements = 0;
    const onTraced = () => void statements++;
    await using store = await cassandraStore({ config, tables: [before], changesSchema: true, onTraced });
    await store.write([{ table: "growing", key: [5], row: { value: 1, later: "x" }, timestamp: 1 }]);

    const pages = await Promise.all(Array.from({ length: 50 }, () => store.scan(before, [5], { limit: 10 })));

    const [first] = pages;
    if (first?.[0] !== undefined) first[0].value = 9;
    expect(pages.slice(1).every(([row]) => row?.value === 1)).toBe(true);
    expect(statements).toBe(2);
  });
});
