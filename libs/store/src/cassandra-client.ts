import { readFileSync } from "node:fs";
import { AppError } from "@guildhall/kernel";
import cassandra from "cassandra-driver";
import type { CassandraConfig } from "./cassandra-settings.ts";

/** A node that does not answer in this time has failed the statement. */
const READ_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** The wait between two tries to reach a lost node doubles from the first to the second. */
const RECONNECT_MIN_MS = 500;
const RECONNECT_MAX_MS = 30_000;
const SCHEMA_AGREEMENT_MAX_S = 30;

/** @throws AppError `UNAVAILABLE` when no node answers or none lets us in: the sentence says which. */
export async function connectCassandra(config: CassandraConfig): Promise<cassandra.Client> {
  const { contactPoints, datacenter, login, caFile } = config;
  const { policies, types } = cassandra;
  const client = new cassandra.Client({
    contactPoints: [...contactPoints],
    localDataCenter: datacenter,
    // A statement is repeated only where a repeat changes nothing. The driver's own policy repeats any.
    policies: {
      retry: new policies.retry.IdempotenceAwareRetryPolicy(new policies.retry.RetryPolicy()),
      reconnection: new policies.reconnection.ExponentialReconnectionPolicy(RECONNECT_MIN_MS, RECONNECT_MAX_MS, true),
    },
    queryOptions: { consistency: types.consistencies.localQuorum, prepare: true, isIdempotent: true, autoPage: false },
    socketOptions: { readTimeout: READ_TIMEOUT_MS, connectTimeout: CONNECT_TIMEOUT_MS },
    protocolOptions: { maxSchemaAgreementWaitSeconds: SCHEMA_AGREEMENT_MAX_S },
    encoding: { useBigIntAsLong: true },
    ...(login === undefined ? {} : { credentials: { username: login.user, password: login.password } }),
    ...(caFile === undefined ? {} : { sslOptions: { ca: [readFileSync(caFile)], rejectUnauthorized: true } }),
  });
  try {
    await client.connect();
    return client;
  } catch (cause) {
    await client.shutdown().catch(() => {});
    throw new AppError("UNAVAILABLE", `Cassandra at ${contactPoints.join(", ")}: ${reasonOf(cause)}`, { cause });
  }
}

/** What the driver hides in a list of its nodes' errors. */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const inner = (cause as { innerErrors?: Record<string, Error> }).innerErrors;
  const reasons = Object.values(inner ?? {}).map(({ message }) => message);
  return [cause.message, ...new Set(reasons)].join("; ");
}
