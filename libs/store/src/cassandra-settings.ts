import { type Env, type Login, loginOf } from "@guildhall/config";

export type CassandraConfig = {
  /** Any of the cluster's nodes, `host:port`. */
  readonly contactPoints: readonly string[];
  readonly datacenter: string;
  readonly keyspace: string;
  /** Copies of each row in the datacenter. */
  readonly replicas: number;
  readonly login: Login | undefined;
  /** With it the nodes must show a certificate of this authority. */
  readonly caFile: string | undefined;
};

/** Where Cassandra is and how to sign in there. */
export function cassandraConfig(env: Env): CassandraConfig {
  const keyspace = env.text("CASSANDRA_KEYSPACE", "guildhall");
  if (!/^[a-z][a-z0-9_]{0,47}$/.test(keyspace))
    env.mistake("CASSANDRA_KEYSPACE is up to 48 small letters, digits and underscores");
  return {
    contactPoints: env.list("CASSANDRA_CONTACT_POINTS", "127.0.0.1:9042"),
    datacenter: env.text("CASSANDRA_DATACENTER", "datacenter1"),
    keyspace,
    replicas: env.int("CASSANDRA_REPLICAS", 1, { min: 1, max: 9 }),
    login: loginOf(env, "CASSANDRA"),
    caFile: env.optional("CASSANDRA_CA_FILE"),
  };
}
