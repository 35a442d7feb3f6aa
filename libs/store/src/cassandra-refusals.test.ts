import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { inspect } from "node:util";
import { Env } from "@guildhall/config";
import { AppError } from "@guildhall/kernel";
import { plainServer } from "@guildhall/testkit";
import { describe, expect, test } from "vitest";
import { cassandraStore } from "./cassandra.ts";
import { connectCassandra } from "./cassandra-client.ts";
import { type CassandraConfig, cassandraConfig } from "./cassandra-settings.ts";
import { defineTable } from "./store.ts";

/** A refusal comes well before a start would give up. */
const REFUSED_WITHIN_MS = 15_000;

describe.skipIf(process.env["TEST_SECRETS"] === undefined)("needs TEST_SECRETS", () => {
  const secrets = process.env["TEST_SECRETS"] ?? "";
  const wrongFile = join(mkdtempSync(join(tmpdir(), "refusals-")), "wrong");
  writeFileSync(wrongFile, "not-the-password\n");
  const configOf = (settings: Readonly<Record<string, string>>): CassandraConfig =>
    cassandraConfig(new Env({ ...process.env, ...settings }));
  const as = (user: string): CassandraConfig =>
    configOf({ CASSANDRA_USER: user, CASSANDRA_PASSWORD_FILE: `${secrets}/cassandra-${user}` });

  async function refusal(settings: Readonly<Record<string, string>>): Promise<AppError> {
    const startedMs = performance.now();
    const error: unknown = await connectCassandra(configOf(settings)).then(
      (client) => client.shutdown(),
      (thrown: unknown) => thrown,
    );
    expect(performance.now() - startedMs).toBeLessThan(REFUSED_WITHIN_MS);
    expect(error).toBeInstanceOf(AppError);
    return error as AppError;
  }

  test("another password is refused with who and where, and is not repeated", async () => {
    const error = await refusal({ CASSANDRA_USER: "guildhall", CASSANDRA_PASSWORD_FILE: wrongFile });

    expect(error.code).toBe("UNAVAILABLE");
    expect(error.message).toContain(`Cassandra at ${process.env["CASSANDRA_CONTACT_POINTS"]}`);
    expect(error.message).toMatch(/user guildhall is not let in: no such user, or another password/);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("not-the-password");
  });

  test("the first user's well-known password is another one", async () => {
    writeFileSync(`${wrongFile}-first`, "cassandra\n");

    const error = await refusal({ CASSANDRA_USER: "cassandra", CASSANDRA_PASSWORD_FILE: `${wrongFile}-first` });

    expect(error.message).toMatch(/user cassandra is not let in/);
  });

  test("a server whose certificate is of an authority that is not ours is refused", async () => {
    const error = await refusal({ CASSANDRA_CA_FILE: `${secrets}/other-ca.pem` });

    expect(error.code).toBe("UNAVAILABLE");
    expect(error.message).toMatch(
      /Cassandra at 127\.0\.0\.1:\d+: .*not of an authority that is trusted here; see CASSANDRA_CA_FILE/,
    );
    const password = readFileSync(`${secrets}/cassandra-test`, "utf8").trim();
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(password);
  });

  test("without a name, and without TLS, nobody is let in", async () => {
    const nameless = await refusal({ CASSANDRA_USER: "none", CASSANDRA_PASSWORD_FILE: "none" });
    await refusal({ CASSANDRA_CA_FILE: "none" });

    expect(nameless.message).toMatch(/it wants a user and a password; see CASSANDRA_USER/);
  }, 30_000);

  type Row = { id: number; value: number | null };
  const table = defineTable<Row>({
    name: "rights_test",
    partition: ["id"],
    clustering: [],
    columns: { id: "int", value: "int" },
  });

  test("the fanout's user brings up the schema and writes, the gateway's reads, and neither does more", async () => {
    const write = { table: table.name, key: [1], row: { value: 7 }, timestamp: 1 };
    await using writer = await cassandraStore({ config: as("guildhall"), tables: [table], changesSchema: true });
    await using reader = await cassandraStore({
      config: as("guildhall_reader"),
      tables: [table],
      changesSchema: false,
    });

    await writer.write([write]);

    expect(await reader.get(table, [1])).toEqual({ id: 1, value: 7 });
    await expect(reader.write([write])).rejects.toMatchObject({ code: "UNAVAILABLE" });
    const client = await connectCassandra(as("guildhall"));
    try {
      for (const cql of [
        "CREATE KEYSPACE other WITH replication = {'class': 'NetworkTopologyStrategy', 'datacenter1': 1}",
        "DROP KEYSPACE guildhall",
        "SELECT * FROM system_auth.roles",
        "CREATE ROLE other",
      ]) {
        await expect(client.execute(cql, [], { prepare: false })).rejects.toThrow(/permission|sufficient privileges/);
      }
    } finally {
      // Who made a table may drop it: Cassandra gives that with the making.
      await client.execute("DROP TABLE guildhall.rights_test", [], { prepare: false, readTimeout: 60_000 });
      await client.shutdown();
    }
  }, 90_000);
});

test("with an authority set, a server without TLS is refused before it is told the password", async () => {
  await using server = await plainServer("", "nothing of TLS");
  const folder = mkdtempSync(join(tmpdir(), "plain-"));
  writeFileSync(join(folder, "ca.pem"), rootCertificates[0] ?? "");
  writeFileSync(join(folder, "password"), "our-password\n");
  const settings = {
    CASSANDRA_CONTACT_POINTS: `127.0.0.1:${server.port}`,
    CASSANDRA_USER: "someone",
    CASSANDRA_PASSWORD_FILE: join(folder, "password"),
    CASSANDRA_CA_FILE: join(folder, "ca.pem"),
  };

  const opening = connectCassandra(cassandraConfig(new Env(settings)));

  await expect(opening).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(server.received()).not.toContain("our-password");
});
