import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { Env } from "@guildhall/config";
import { FANOUT_TABLES } from "@guildhall/fanout";
import { Closers } from "@guildhall/kernel";
import { cassandraStore } from "@guildhall/store/cassandra";
import { measureCassandra } from "@guildhall/store/cassandra-measure";
import { cassandraConfig } from "@guildhall/store/cassandra-settings";
import { seededRandom } from "@guildhall/testkit";
import { TIMELINE, TIMELINE_BUCKETS, timelineReader } from "@guildhall/timeline";
import { pagesBesideWriting, warmUp } from "./measure.ts";
import { Town } from "./town.ts";
import { tracedPages } from "./traced.ts";
import { Writers } from "./writers.ts";

const USAGE = `node --conditions=source --import tsx services/standalone/timeline/main.ts
  --messages <n>   messages to store (200,000)
  --groups <n>     groups, the first of which has half of them (1,000)
  --seconds <n>    how long pages are read beside 1,000 messages a second (30)
  --traced <n>     pages whose reads are traced (150)
  --keep           leave the keyspace when it ends
Cassandra's address comes from the settings (docs/operate). The last line of the output is JSON.
`;

const SEED = 20_250_101;
/** Enough for a server that has just started to have compiled its way to a page. */
const WARM_UP_PAGES = 1_000;
const SETTLE_MAX_MS = 900_000;
const TOLD_EVERY_MS = 10_000;
const MIB = 1024 * 1024;

type Order = {
  readonly messages: number;
  readonly groups: number;
  readonly seconds: number;
  readonly traced: number;
  readonly keep: boolean;
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** What the command line asks for; undefined where that cannot be. */
function order(): Order | undefined {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: { messages: text, groups: text, seconds: text, traced: text, keep: { type: "boolean", default: false } },
  });
  const messages = Number(values.messages ?? 200_000);
  const groups = Number(values.groups ?? 1_000);
  const seconds = Number(values.seconds ?? 30);
  const traced = Number(values.traced ?? 150);
  const whole = [messages, groups, seconds, traced].every((value) => Number.isSafeInteger(value) && value > 0);
  return whole && groups >= 3 && messages >= (100 * groups) / 2
    ? { messages, groups, seconds, traced, keep: values.keep }
    : undefined;
}

async function fill(writers: Writers, messages: number): Promise<{ fillS: number; cpuS: number }> {
  const startMs = performance.now();
  const before = process.cpuUsage();
  let toldMs = startMs;
  await writers.fill(messages, (stored) => {
    if (performance.now() - toldMs < TOLD_EVERY_MS) return;
    toldMs = performance.now();
    say(`${stored} stored, ${Math.round((stored * 1_000) / (toldMs - startMs))} a second`);
  });
  const { user, system } = process.cpuUsage(before);
  return { fillS: (performance.now() - startMs) / 1_000, cpuS: (user + system) / 1e6 };
}

async function run({ messages, groups, seconds, traced, keep }: Order, closers: Closers): Promise<object> {
  const env = new Env({ ...process.env, CASSANDRA_KEYSPACE: `timeline_${process.pid}_${Date.now() % 1e6}` });
  const config = cassandraConfig(env);
  env.done();
  const meter = closers.use(await measureCassandra(config));
  if (!keep) closers.defer(() => meter.drop());
  const store = closers.use(await cassandraStore({ config, tables: FANOUT_TABLES, changesSchema: true }));
  const town = new Town({ messages, groups }, seededRandom(SEED));
  const writers = closers.use(new Writers(store, town));
  say(`keyspace ${config.keyspace}: ${messages} messages into ${groups} groups`);
  const filled = await fill(writers, messages);
  say(`filled in ${filled.fillS.toFixed(0)} s; waiting for compaction`);
  const settleMs = performance.now();
  await meter.settle([TIMELINE.name, TIMELINE_BUCKETS.name], SETTLE_MAX_MS);
  const settleS = (performance.now() - settleMs) / 1_000;
  const largest = (await meter.largestPartitions()).get(TIMELINE.name) ?? 0;
  say(`settled in ${settleS.toFixed(0)} s; largest partition in one file ${largest} MiB; reading pages`);
  const random = seededRandom(SEED + 1);
  const reader = timelineReader(store);
  await warmUp(town, reader, random, WARM_UP_PAGES);
  const [load = 0] = loadavg();
  const pages = await pagesBesideWriting(town, writers, reader, random, seconds);
  say(`pages: p50 ${pages.p50Ms.toFixed(1)} ms, p99 ${pages.p99Ms.toFixed(1)} ms; tracing`);
  const statements: { query: string; traceId: string }[] = [];
  const onTraced = (one: { query: string; traceId: string }): void => void statements.push(one);
  const tracing = closers.use(await cassandraStore({ config, tables: FANOUT_TABLES, changesSchema: false, onTraced }));
  const take = () => statements.splice(0);
  const ground = { town, reader: timelineReader(tracing), take, plain: reader, meter };
  const trace = await tracedPages(ground, random, traced);
  const buckets = town.halls.reduce((sum, { bks }) => sum + bks.length, 0);
  const largestBucket = Math.max(...town.halls.map(({ largestBytes }) => largestBytes));
  return {
    messages,
    groups,
    buckets,
    rowsPerS: messages / filled.fillS,
    cpuSPerMillion: (filled.cpuS * 1e6) / messages,
    settleS,
    largestInOneFileMiB: largest,
    largestBucketMiB: largestBucket / MIB,
    load,
    pages,
    trace,
    heapMiB: process.memoryUsage().heapUsed / MIB,
  };
}

async function main(): Promise<number> {
  const ordered = order();
  if (ordered === undefined) {
    say(USAGE);
    return 2;
  }
  await using closers = new Closers();
  try {
    say(JSON.stringify(await run(ordered, closers)));
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

process.exit(await main());
