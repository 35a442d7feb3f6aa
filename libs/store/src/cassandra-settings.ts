import { type Env, secretFile } from "@guildhall/config";

export type CassandraConfig = {
  /** Any of the cluster's nodes, `host:port`. */
  readonly contactPoints: readonly string[];
  readonly datacenter: string;
  readonly keyspace: string;
  /** Copies of each row in the datacenter. */
  readonly replicas: number;
  readonly login: { readonly user: string; readonly password: string } | undefined;
  /** With it the nodes must show a certificate of this authority. */
  readonly caFile: string | undefined;
};

const NONE = "none";

/** Where Cassandra is and how to sign in there. */
export function cassandraConfig(env: Env): CassandraConfig {
  const user = env.text("CASSANDRA_USER", NONE);
  const password = secretFile(env, "CASSANDRA_PASSWORD_FILE");
  const caFile = env.text("CASSANDRA_CA_FILE", NONE);
  const keyspace = env.text("CASSANDRA_KEYSPACE", "guildhall");
  if (!/^[a-z][a-z0-9_]{0,47}$/.test(keyspace))
    env.mistake("CASSANDRA_KEYSPACE is up to 48 small letters, digits and underscores");
  if ((user === NONE) !== (password === undefined))
    env.mistake("CASSANDRA_USER and CASSANDRA_PASSWORD_FILE are set together or not at all");
  return {
    contactPoints: env
      .text("CASSANDRA_CONTACT_POINTS", "127.0.0.1:9042")
      .split(",")
      .map((point) => point.trim())
      .filter((point) => point !== ""),
    datacenter: env.text("CASSANDRA_DATACENTER", "datacenter1"),
    keyspace,
    replicas: env.int("CASSANDRA_REPLICAS", 1, { min: 1, max: 9 }),
    login: user === NONE || password === undefined ? undefined : { user, password },
    caFile: caFile === NONE ? undefined : caFile,
  };
}
