import type { JetStreamFound, StreamFound } from "@guildhall/journal/jetstream-inspect";
import { LEASE_TTL_MS } from "@guildhall/lease";
import type { LeaseBucketFound } from "@guildhall/lease/nats-kv-inspect";
import type { NatsMonitor, NatsServer } from "@guildhall/nats";
import { judgeClock } from "./clock.ts";
import { type Finding, ok, warn, wrong } from "./finding.ts";
import { isAtLeast } from "./version.ts";

/** Older ones lost acknowledged data when servers were killed while a cluster changed. */
const LEAST = "2.12.3";
/** What this version is tested with. */
const TESTED = "2.15";
/** Of JetStream's files; beyond it an append may be refused soon. */
const FULL = 0.8;

export function judgeServer({ name, version, jetstream }: NatsServer): Finding[] {
  const words = `${name} is nats-server ${version}`;
  const mend = `update it to ${TESTED} or newer, one server at a time`;
  const found = isAtLeast(version, LEAST)
    ? isAtLeast(version, TESTED)
      ? ok(words)
      : warn(`${words}, older than the tested ${TESTED}`, mend)
    : wrong(`${words}; below ${LEAST} acknowledged records can be lost`, mend);
  if (jetstream) return [found];
  return [
    found,
    wrong(`${name} has no JetStream`, "jetstream { store_dir: …, sync_interval: always } in its configuration"),
  ];
}

/** How many servers there are, and whether that is a number that can lose one. */
export function judgeCluster(servers: number): Finding {
  const mend = "three servers on three machines keep going without one of them";
  if (servers === 1) return warn("one server: nothing goes on without it", mend);
  return servers % 2 === 0
    ? warn(`${servers} servers: no more of them may be lost than of ${servers - 1}`, mend)
    : ok(`${servers} servers`);
}

const SYNC = "sync_interval: always in the jetstream block of its configuration, then restart it";

/** Whether records are on disk before they are answered, which only a monitor tells. */
export function judgeSync(monitors: readonly NatsMonitor[]): Finding[] {
  if (monitors.length === 0) {
    return [
      warn(
        "sync_interval cannot be seen from here",
        "check each server's configuration for sync_interval: always, or set NATS_MONITORS to the servers' monitoring ports",
      ),
    ];
  }
  return monitors.map(({ name, syncAlways }) => {
    if (syncAlways === undefined) return wrong(`${name} has no JetStream`, "turn it on in its configuration");
    if (syncAlways) return ok(`${name} answers after the disk has it`);
    return wrong(`${name} answers before the disk has it: a power cut loses acknowledged records`, SYNC);
  });
}

/** The streams of all partitions. `replicas`: copies each should have. */
export function judgeStreams(found: JetStreamFound, partitions: number, replicas: number): Finding[] {
  const { streams, usedBytes, maxBytes } = found;
  const ours = streams.filter(({ partition }) => partition < partitions);
  const findings: Finding[] = [];
  if (streams.length > ours.length) {
    findings.push(
      wrong(
        `stream ${streams.at(-1)?.stream} is there, so the installation has more than PARTITIONS=${partitions}`,
        "set PARTITIONS to the number it was made with: it is fixed for ever",
      ),
    );
  }
  if (ours.length === 0) return [...findings, ok("no streams yet: the first start makes them")];
  const known = new Set(ours.map(({ partition }) => partition));
  const lost = Array.from({ length: partitions }, (_, p) => p).filter((p) => !known.has(p));
  if (lost.length > 0) {
    findings.push(
      wrong(
        `${ours.length} of ${partitions} streams are there; JOURNAL_ ${lost.join(", ")} are not`,
        "restore them from a backup before any service starts, or set PARTITIONS right; a start makes them anew, with a new epoch",
      ),
    );
  }
  findings.push(...ours.flatMap(judgeStream));
  if (findings.every(({ state }) => state === "ok"))
    findings.push(ok(`${ours.length} streams, each with ${replicas} copies, all as a journal must be`));
  findings.push(judgeFill(usedBytes, maxBytes), judgeClock("JetStream", found.ahead));
  return findings;
}

function judgeStream({ stream, wrong: faults, ill }: StreamFound): Finding[] {
  const faulty = faults.map((fault) => wrong(`${stream}: ${fault}`, mendOf(stream, fault)));
  return [
    ...faulty,
    ...ill.map((one) => warn(`${stream}: ${one}`, "see to that server; until then one copy less is there")),
  ];
}

/** The command that sets one thing right. */
function mendOf(stream: string, fault: string): string {
  const copies = /^num_replicas is \d+, not (\d+)/.exec(fault)?.[1];
  if (copies !== undefined)
    return `nats stream edit ${stream} --replicas ${copies} (or set NATS_REPLICAS if that is meant)`;
  if (fault.startsWith("discard")) return `nats stream edit ${stream} --discard new`;
  if (fault.startsWith("max_age")) return `nats stream edit ${stream} --max-age 0`;
  return `nats stream edit ${stream}; what cannot be changed needs a new stream: stop the services and restore it`;
}

function judgeFill(usedBytes: number, maxBytes: number | undefined): Finding {
  const used = `${Math.ceil(usedBytes / 2 ** 20)} MiB`;
  if (maxBytes === undefined || maxBytes === 0) return ok(`JetStream keeps ${used}`);
  const words = `JetStream keeps ${used} of the ${Math.floor(maxBytes / 2 ** 20)} MiB it may`;
  if (usedBytes < maxBytes * FULL) return ok(words);
  return warn(words, "raise max_file_store of the servers or the account's limit, or lower JOURNAL_KEEP_MIB");
}

export function judgeLeases(found: LeaseBucketFound | undefined, replicas: number): Finding[] {
  if (found === undefined) return [ok("no bucket of leases yet: the first start makes it")];
  const { bucket, ttlMs, replicas: copies } = found;
  const findings: Finding[] = [];
  if (ttlMs !== LEASE_TTL_MS) {
    findings.push(
      wrong(
        `leases in ${bucket} end after ${ttlMs} ms, not ${LEASE_TTL_MS}`,
        `stop the services and remove the bucket (nats kv del ${bucket}): the next start makes it right`,
      ),
    );
  }
  if (copies < replicas) {
    findings.push(
      wrong(
        `bucket ${bucket} has ${copies} copies, not ${replicas}`,
        `nats stream edit KV_${bucket} --replicas ${replicas}`,
      ),
    );
  }
  return findings.length > 0 ? findings : [ok(`leases end after ${ttlMs} ms, ${copies} copies`)];
}
