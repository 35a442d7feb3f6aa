import { readFileSync } from "node:fs";
import { certificateFault } from "@guildhall/config";
import { AppError } from "@guildhall/kernel";
import { seeded } from "@guildhall/kernel/seeded";
import cassandra from "cassandra-driver";
import type { CassandraConfig } from "./cassandra-settings.ts";

/** A node that does not answer in this time has failed the statement. */
const READ_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** The wait between two tries to reach a lost node doubles from the first to the second. */
const RECONNECT_MIN_MS = 500;
const RECONNECT_MAX_MS = 30_000;
const SCHEMA_AGREEMENT_MAX_S = 30;

/** A connection to the cluster, with all its nodes. */
export type CassandraClient = cassandra.Client;

/** A statement is repeated only where a repeat changes nothing. The driver's own policy repeats any. */
export function retryPolicy(): cassandra.policies.retry.RetryPolicy {
  const { IdempotenceAwareRetryPolicy, RetryPolicy } = cassandra.policies.retry;
  return seeded("repeat-any-statement") ? new RetryPolicy() : new IdempotenceAwareRetryPolicy(new RetryPolicy());
}

/** @throws AppError `UNAVAILABLE` when no node answers or none lets us in: the sentence says which. */
export async function connectCassandra(config: CassandraConfig): Promise<CassandraClient> {
  const { contactPoints, datacenter, login, caFile } = config;
  const { policies, types } = cassandra;
  const client = new cassandra.Client({
    contactPoints: [...contactPoints],
    localDataCenter: datacenter,
    policies: {
      retry: retryPolicy(),
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
    throw new AppError("UNAVAILABLE", `Cassandra at ${contactPoints.join(", ")}: ${refusalOf(cause, config)}`, {
      cause,
    });
  }
}

/** Why no node let us in. */
function refusalOf(cause: unknown, { login }: CassandraConfig): string {
  const errors = [cause, ...innerErrors(cause)];
  if (errors.some((error) => error instanceof cassandra.errors.AuthenticationError)) {
    if (login === undefined) return "it wants a user and a password; see CASSANDRA_USER, CASSANDRA_PASSWORD_FILE";
    return `user ${login.user} is not let in: no such user, or another password; see CASSANDRA_PASSWORD_FILE`;
  }
  const faults = errors.map((error) => certificateFault(error, "CASSANDRA_CA_FILE"));
  return faults.find((fault) => fault !== undefined) ?? reasonOf(cause);
}

function innerErrors(cause: unknown): Error[] {
  return Object.values((cause as { innerErrors?: Record<string, Error> }).innerErrors ?? {});
}

/** What the driver hides in a list of its nodes' errors. */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const reasons = innerErrors(cause).map(({ message }) => message);
  return [cause.message, ...new Set(reasons)].join("; ");
}
