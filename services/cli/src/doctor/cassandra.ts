import type { CassandraFound, CassandraNode } from "@guildhall/store/cassandra-inspect";
import { judgeClock } from "./clock.ts";
import { type Finding, ok, warn, wrong } from "./finding.ts";
import { isAtLeast } from "./version.ts";

const LEAST = "5.0";
/** The first one that nobody has tried this version with. */
const UNTRIED = "6.0";

/** What the settings say the cluster is. */
export type Expected = {
  readonly keyspace: string;
  readonly datacenter: string;
  readonly replicas: number;
  readonly login: boolean;
};

export function judgeCassandra(found: CassandraFound, expected: Expected): Finding[] {
  return [
    ...found.nodes.flatMap(judgeNode),
    ...(found.replicas === undefined ? [] : judgeSchema(found)),
    ...judgeReplicas(found, expected),
    ...(expected.login ? judgeLogins(found, expected) : []),
  ];
}

function judgeNode({ address, version, up, commitlogSync, ahead }: CassandraNode): Finding[] {
  if (!up) return [wrong(`node ${address} is down`, "start it; reads and writes need two of three copies")];
  const words = `node ${address} is Cassandra ${version}`;
  const findings = [
    !isAtLeast(version, LEAST)
      ? wrong(`${words}, older than ${LEAST}`, `update it to ${LEAST}, one node at a time`)
      : isAtLeast(version, UNTRIED)
        ? warn(`${words}, newer than any this was tried with`, `take ${LEAST}`)
        : ok(words),
  ];
  return [...findings, judgeSync(address, commitlogSync), judgeClock(`node ${address}`, ahead)];
}

function judgeSync(address: string, sync: string | undefined): Finding {
  if (sync === undefined) {
    return warn(
      `commitlog_sync of node ${address} cannot be seen from here`,
      "check its cassandra.yaml for commitlog_sync: group and commitlog_sync_group_window: 10ms",
    );
  }
  if (sync !== "periodic") return ok(`node ${address} answers after the disk has it (commitlog_sync: ${sync})`);
  return warn(
    `node ${address} answers before the disk has it (commitlog_sync: periodic); the journal keeps what a power cut takes only as long as its records are kept`,
    "commitlog_sync: group and commitlog_sync_group_window: 10ms in cassandra.yaml",
  );
}

function judgeSchema({ missing, clash, schemaVersions }: CassandraFound): Finding[] {
  if (clash !== undefined) return [wrong(clash, "no statement can change that: move the data to a new keyspace")];
  const agreed =
    schemaVersions > 1
      ? [
          warn(
            `nodes have ${schemaVersions} versions of the schema`,
            "nodetool describecluster; restart the node that is apart",
          ),
        ]
      : [];
  if (missing.length === 0) return [...agreed, ok("the schema is that of this version")];
  return [...agreed, warn(`the schema lacks ${missing.length} changes`, "the next start of a fanout makes them")];
}

function judgeReplicas({ replicas, datacenters }: CassandraFound, expected: Expected): Finding[] {
  const { keyspace, datacenter } = expected;
  if (!datacenters.includes(datacenter)) {
    return [wrong(`there is no datacenter ${datacenter}, only ${datacenters.join(", ")}`, "set CASSANDRA_DATACENTER")];
  }
  if (replicas === undefined) return [ok(`no keyspace ${keyspace} yet: the first start makes it`)];
  const { class: strategy = "", ...copies } = replicas;
  if (!strategy.endsWith("NetworkTopologyStrategy")) {
    return [wrong(`keyspace ${keyspace} has ${strategy}`, alter(expected, expected.replicas))];
  }
  const has = Number(copies[datacenter] ?? 0);
  if (has < expected.replicas) {
    return [
      wrong(`keyspace ${keyspace} keeps ${has} copies, not ${expected.replicas}`, alter(expected, expected.replicas)),
    ];
  }
  if (has < 3) {
    return [
      warn(
        `keyspace ${keyspace} keeps ${has} copies: no node may be lost`,
        `three nodes, CASSANDRA_REPLICAS=3, then ${alter(expected, 3)}`,
      ),
    ];
  }
  return [ok(`keyspace ${keyspace} keeps ${has} copies`)];
}

function alter({ keyspace, datacenter }: Expected, copies: number): string {
  return `ALTER KEYSPACE ${keyspace} WITH replication = {'class': 'NetworkTopologyStrategy', '${datacenter}': ${copies}}, then nodetool repair on every node`;
}

function judgeLogins({ nodes, authReplicas }: CassandraFound, { datacenter }: Expected): Finding[] {
  const copies = Number(authReplicas?.[datacenter] ?? authReplicas?.["replication_factor"] ?? 0);
  const wanted = Math.min(3, nodes.length);
  if (authReplicas === undefined || copies >= wanted) return [];
  return [
    warn(
      `system_auth keeps ${copies} copies: without that node nobody can sign in`,
      alter({ keyspace: "system_auth", datacenter, replicas: wanted, login: true }, wanted),
    ),
  ];
}
