import { Env } from "@guildhall/config";
import { cassandraStore } from "../src/cassandra.ts";
import { cassandraConfig } from "../src/cassandra-settings.ts";
import { SINGLE, SOME_TABLES } from "./some-tables.ts";

// A process that starts on a keyspace as services do: several of them run at once in a test.
const config = cassandraConfig(new Env(process.env));
await using store = await cassandraStore({ config, tables: SOME_TABLES, changesSchema: true });
await store.write([{ table: SINGLE.name, key: [process.pid], row: { value: 1 }, timestamp: 1 }]);
const row = await store.get(SINGLE, [process.pid]);
process.stdout.write(row === undefined ? "wrote and did not read\n" : "wrote and read\n");
