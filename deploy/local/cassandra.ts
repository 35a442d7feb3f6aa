import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { makeRoles } from "./cassandra-roles.ts";
import { at, type Server, type Settings } from "./folder.ts";
import { freePorts, runToEnd, startServer, untilListening } from "./processes.ts";
import type { Secrets } from "./secrets.ts";

export const CASSANDRA_VERSION = "5.0.5";
const FETCH_MAX_MS = 900_000;
const JAVA_MAX_MS = 30_000;
const LISTENING_MAX_MS = 180_000;
const JAVA = "17";
const JAVA_MISSING = "Cassandra 5.0 runs on Java 17: apt-get install openjdk-17-jre-headless";
const HEAP = "1g";
const DATACENTER = "datacenter1";

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>guildhall</groupId>
  <artifactId>local-cassandra</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.cassandra</groupId>
      <artifactId>cassandra-all</artifactId>
      <version>${CASSANDRA_VERSION}</version>
    </dependency>
  </dependencies>
</project>
`;

/** What Cassandra uses of the runtime's insides on Java 17. */
const EXPORTS = [
  "java.base/jdk.internal.misc",
  "java.base/java.lang.ref",
  "java.management.rmi/com.sun.jmx.remote.internal.rmi",
  "java.rmi/sun.rmi.registry",
  "java.rmi/sun.rmi.server",
  "java.sql/java.sql",
  "jdk.unsupported/sun.misc",
];
const OPENS = [
  "java.base/java.lang",
  "java.base/java.lang.module",
  "java.base/java.lang.reflect",
  "java.base/java.io",
  "java.base/java.math",
  "java.base/java.net",
  "java.base/java.nio",
  "java.base/java.util",
  "java.base/java.util.concurrent",
  "java.base/java.util.concurrent.atomic",
  "java.base/sun.nio.ch",
  "java.base/jdk.internal.loader",
  "java.base/jdk.internal.ref",
  "java.base/jdk.internal.reflect",
  "java.base/jdk.internal.math",
  "java.base/jdk.internal.module",
  "java.base/jdk.internal.util.jar",
  "jdk.management/com.sun.management.internal",
];

const FOLDER = `cassandra-${CASSANDRA_VERSION}`;

/** Has Maven bring the jars, once. @throws Error where there is no Maven, no Java or another one. */
export async function fetchCassandra(): Promise<void> {
  const folder = at(FOLDER);
  const version = await runToEnd("java", ["-version"], { cwd: at(), maxMs: JAVA_MAX_MS, missing: JAVA_MISSING });
  if (!version.includes(`version "${JAVA}.`)) throw new Error(`${JAVA_MISSING}; here it is ${version.split("\n")[0]}`);
  // Written last: what was broken off is fetched again.
  const complete = at(FOLDER, "complete");
  if (existsSync(complete)) return;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(at(FOLDER, "pom.xml"), POM);
  const goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=lib"];
  const missing = "Cassandra's jars are fetched with Maven: apt-get install maven";
  await runToEnd("mvn", ["-q", "-B", ...goal], { cwd: folder, maxMs: FETCH_MAX_MS, missing });
  await writeFile(complete, "");
}

/** One node. */
export async function startCassandra(
  secrets: Secrets | undefined,
  onStarted: (server: Server) => Promise<void>,
): Promise<Settings> {
  const [port = 0, storagePort = 0, jmxPort = 0] = await freePorts(3);
  const data = at("data", "cassandra");
  await mkdir(data, { recursive: true });
  const file = at("data", "cassandra.yaml");
  await writeFile(file, yaml({ port, storagePort, data, secrets }), { mode: 0o600 });
  const [command, args] = ["java", javaArgs(file, data, secrets === undefined ? jmxPort : undefined)];
  const cassandra = { ...(await startServer("cassandra", command, args, file)), command, args, port };
  await onStarted(cassandra);
  await untilListening(cassandra, port, LISTENING_MAX_MS);
  if (secrets !== undefined) await makeRoles(cassandra, `127.0.0.1:${port}`, DATACENTER, secrets);
  return { CASSANDRA_CONTACT_POINTS: `127.0.0.1:${port}`, CASSANDRA_DATACENTER: DATACENTER };
}

type Yaml = {
  readonly port: number;
  readonly storagePort: number;
  readonly data: string;
  readonly secrets: Secrets | undefined;
};

function yaml({ port, storagePort, data, secrets }: Yaml): string {
  const lines = [
    "cluster_name: guildhall",
    "partitioner: org.apache.cassandra.dht.Murmur3Partitioner",
    "num_tokens: 16",
    `data_file_directories: ["${data}/data"]`,
    `commitlog_directory: "${data}/commitlog"`,
    `saved_caches_directory: "${data}/saved_caches"`,
    `hints_directory: "${data}/hints"`,
    `cdc_raw_directory: "${data}/cdc_raw"`,
    // A write is answered after the disk has it; what arrives within 10 ms shares one sync.
    "commitlog_sync: group",
    "commitlog_sync_group_window: 10ms",
    "listen_address: 127.0.0.1",
    "rpc_address: 127.0.0.1",
    `native_transport_port: ${port}`,
    `storage_port: ${storagePort}`,
    "endpoint_snitch: SimpleSnitch",
    "auto_bootstrap: false",
    // Tests empty tables often; a copy of each would fill the disk.
    "auto_snapshot: false",
    "seed_provider:",
    "  - class_name: org.apache.cassandra.locator.SimpleSeedProvider",
    "    parameters:",
    `      - seeds: "127.0.0.1:${storagePort}"`,
  ];
  if (secrets !== undefined) {
    lines.push(
      "authenticator: PasswordAuthenticator",
      "authorizer: CassandraAuthorizer",
      "client_encryption_options:",
      "  enabled: true",
      "  optional: false",
      `  keystore: "${secrets.keystoreFile}"`,
      `  keystore_password: "${secrets.keystorePassword}"`,
      "  store_type: PKCS12",
    );
  }
  return `${lines.join("\n")}\n`;
}

/** JMX asks nobody for a password: without a port there is none. */
function javaArgs(file: string, data: string, jmxPort: number | undefined): string[] {
  return [
    `-Xms${HEAP}`,
    `-Xmx${HEAP}`,
    `-Dcassandra.config=file://${file}`,
    `-Dcassandra.storagedir=${data}`,
    ...(jmxPort === undefined ? [] : [`-Dcassandra.jmx.local.port=${jmxPort}`]),
    "-Dcassandra-foreground=yes",
    "-Djdk.attach.allowAttachSelf=true",
    // One node has nobody to wait for.
    "-Dcassandra.ring_delay_ms=1",
    "-Dcassandra.skip_wait_for_gossip_to_settle=0",
    "-Dcassandra.superuser_setup_delay_ms=0",
    ...EXPORTS.flatMap((name) => ["--add-exports", `${name}=ALL-UNNAMED`]),
    ...OPENS.flatMap((name) => ["--add-opens", `${name}=ALL-UNNAMED`]),
    "-cp",
    at(FOLDER, "lib", "*"),
    "org.apache.cassandra.service.CassandraDaemon",
  ];
}
