import type { Service, Settings } from "./folder.ts";
import type { Secrets } from "./secrets.ts";

/** What each service signs in as, besides its own name at NATS; where there is none it has no business there. */
const LOGINS = {
  gateway: { redis: "guildhall", cassandra: "guildhall_reader" },
  fanout: { redis: undefined, cassandra: "guildhall" },
  permission: { redis: undefined, cassandra: undefined },
  api: { redis: "guildhall", cassandra: undefined },
} as const;

/** Where the servers are, and how `service` signs in there. */
export function serviceSettings(addresses: Settings, secrets: Secrets | undefined, service: Service): Settings {
  if (secrets === undefined) return addresses;
  const { redis, cassandra } = LOGINS[service];
  return {
    ...addresses,
    ...authority(secrets),
    NATS_USER: service,
    NATS_PASSWORD_FILE: secrets.passwordFile("nats", service),
    ...(redis === undefined ? {} : { REDIS_USER: redis, REDIS_PASSWORD_FILE: secrets.passwordFile("redis", redis) }),
    ...(cassandra === undefined
      ? {}
      : { CASSANDRA_USER: cassandra, CASSANDRA_PASSWORD_FILE: secrets.passwordFile("cassandra", cassandra) }),
  };
}

/**
 * The same for tests. At NATS and Cassandra they are a user of their own, who may make and drop things; at Redis they
 * are the services' user. `TEST_SECRETS` is the folder with everybody's passwords.
 */
export function testSettings(addresses: Settings, secrets: Secrets | undefined): Settings {
  if (secrets === undefined) return addresses;
  return {
    ...addresses,
    ...authority(secrets),
    NATS_USER: "test",
    NATS_PASSWORD_FILE: secrets.passwordFile("nats", "test"),
    REDIS_USER: "guildhall",
    REDIS_PASSWORD_FILE: secrets.passwordFile("redis", "guildhall"),
    CASSANDRA_USER: "test",
    CASSANDRA_PASSWORD_FILE: secrets.passwordFile("cassandra", "test"),
    TEST_SECRETS: secrets.folder,
  };
}

function authority({ caFile }: Secrets): Settings {
  return { NATS_CA_FILE: caFile, REDIS_CA_FILE: caFile, CASSANDRA_CA_FILE: caFile };
}
