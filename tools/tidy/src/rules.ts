/**
 * The shape of this repository, as data. tidy.test.ts holds every file to it;
 * ARCHITECTURE.md says why. Change the three together.
 */

/** Lowest first. A lib imports only libs of lower layers, never one of its own. */
export const LAYERS: readonly (readonly string[])[] = [
  ["kernel"],
  ["model", "wire", "config", "telemetry", "token", "lmdb"],
  ["nats"],
  ["journal", "store", "bus", "lease", "presence", "permit", "blobs"],
  ["entity", "timeline", "owner"],
  ["group", "person", "client"],
  ["account"],
  ["installation"],
  ["testkit"],
];

/** Libs that are the rule itself: of proto they load the plain tables, and name its other things as types only. */
export const TABLES_ONLY: readonly string[] = ["kernel", "model"];

/** The one service that may import the others: it runs them all in one process. */
export const COMPOSITION = "standalone";

/** The packages of ours that loadtest may know: it sees what a client sees, and asks the sidecar as a gateway does. */
export const LOADTEST_IMPORTS: readonly string[] = ["kernel", "proto", "wire", "client", "testkit", "permit"];

/** Packages from outside that only one place may know. Everyone else goes through that place's port. */
export const WALLS: Readonly<Record<string, readonly string[]>> = {
  "uWebSockets.js": ["services/gateway/src/socket/", "loadtest/src/baseline/"],
  lmdb: ["libs/journal/src/", "libs/store/src/"],
  "@nats-io/jetstream": ["libs/journal/src/"],
  "@nats-io/kv": ["libs/lease/src/"],
  nats: ["libs/bus/src/", "libs/journal/src/", "libs/lease/src/", "libs/nats/src/"],
  "cassandra-driver": ["libs/store/src/"],
  ioredis: ["libs/presence/src/"],
  "prom-client": ["libs/telemetry/src/"],
  pino: ["libs/telemetry/src/"],
  ws: ["libs/client/src/", "libs/testkit/src/"],
  "@msgpack/msgpack": ["libs/wire/src/", "libs/store/src/"],
  jose: ["libs/token/src/"],
  fastify: ["services/api/src/"],
  "@node-rs/argon2": ["services/api/src/"],
};

/** Walls that tests may look over: a client of another make tells whether ours and the server mean the same. */
export const WALLS_OPEN_TO_TESTS: readonly string[] = ["ws"];

/** Adapters that reach a disk or another process: chosen in main.ts, and nowhere else. */
export const REMOTE_ADAPTERS = /^@guildhall\/(\w+)\/(lmdb|sidecar|nats|nats-kv|jetstream|cassandra|redis|disk|s3)$/;

/** Adapters that live in this process: main.ts, and any test. */
export const NEAR_ADAPTERS = /^@guildhall\/(\w+)\/(memory|local)$/;

/**
 * Who may name an adapter besides main.ts, the composition and tests: import → places. The sidecar decides with the
 * local permit, and its server's test asks it through the sidecar's client, as the command line and loadtest do. The
 * command line opens installations of both kinds to examine and to move them.
 */
export const ADAPTER_EXCEPTIONS: Readonly<Record<string, readonly string[]>> = {
  "@guildhall/permit/local": ["services/permission/src/", "libs/testkit/src/"],
  "@guildhall/permit/sidecar": ["services/permission/src/server/", "services/cli/src/", "loadtest/src/"],
  // In fanout's tests owners change against real servers, and in the gateway's real news are late and out of order:
  // stand-ins could not show what is promised of them.
  "@guildhall/journal/lmdb": ["services/cli/src/installation/"],
  "@guildhall/journal/jetstream": ["services/cli/src/installation/", "services/fanout/test/"],
  "@guildhall/store/lmdb": ["services/cli/src/installation/"],
  "@guildhall/store/cassandra": ["services/cli/src/installation/"],
  "@guildhall/lease/nats-kv": ["services/cli/src/installation/", "services/fanout/test/"],
  "@guildhall/bus/nats": ["services/fanout/test/", "services/gateway/test/"],
  "@guildhall/bus/memory": ["libs/testkit/src/"],
  "@guildhall/journal/memory": ["libs/testkit/src/"],
  "@guildhall/store/memory": ["libs/testkit/src/"],
  "@guildhall/presence/memory": ["libs/testkit/src/"],
};

/** Pure code: no `node:` modules, so that it runs in browsers and its tests need no set-up. */
export const PURE: readonly string[] = ["model", "wire", "entity", "group", "person", "account"];

/** Files that may read process.env, besides main.ts and tests. */
export const ENV_READERS = /^(vitest\.config\.ts|tools\/.*|libs\/kernel\/src\/seeded\/on\.ts)$/;

export const FILE_MAX_LINES = 400;
export const TEST_MAX_LINES = 600;
/** Half of the source files are at most this long. */
export const MEDIAN_MAX_LINES = 100;

export const FILE_NAME = /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|contract|e2e\.test|bench|d))?\.ts$/;
/** Files whose name and form a tool prescribes. */
export const NAMED_BY_TOOLS: readonly string[] = ["vitest.config.ts"];
export const FOLDER_NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;
/** Names that say nothing: what is in them belongs beside its user. */
export const EMPTY_NAMES = /^(utils?|helpers?|common|misc|shared|managers?|impl)$/;

/** Deferred work is an issue, not a comment. This folder names the words in order to find them. */
export const OPEN_ENDS = /\b(TODO|FIXME|XXX)\b/;
export const OPEN_ENDS_EXCEPT = "tools/tidy/";

/** Lines README must have, so that a newcomer's first two commands are the tested ones. */
export const README_COMMANDS: readonly string[] = ["npm ci && npm start", "npm ci && npm test"];
export const LICENSE_TITLE = "Apache License";

/** Folders whose sources are held to these rules. */
export const SOURCE_FOLDERS: readonly string[] = ["proto", "libs", "services", "loadtest", "tools"];
/** Folders that are made, or fetched, and not written. */
export const SKIPPED_FOLDERS: readonly string[] = ["node_modules", "dist", "data", "coverage", ".turbo", ".git"];
