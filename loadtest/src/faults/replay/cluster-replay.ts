import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { sleep } from "@guildhall/kernel";
import { until } from "@guildhall/testkit";
import { runningCluster } from "../../processes/cluster.ts";
import { SERVERS_FOLDER } from "../../processes/deploy.ts";
import { System } from "../cluster/system.ts";
import { drawSeed, type Random, seededRandom } from "../random.ts";
import type { FaultResult, FaultScenario, Size, Surroundings } from "../scenario.ts";
import { beginningOf, chatLogs } from "./logs.ts";
import { acknowledgedIn } from "./progress.ts";
import { type Replaying, startReplay } from "./replaying.ts";

/** Each is one process where it is killed, of those that a cluster has of it. */
const KINDS = ["gateway", "fanout", "permission", "api", "nats", "redis", "cassandra"] as const;
const TIMES: Readonly<Record<Size, number>> = { quick: 1, full: 3 };
/** Of each log, from its beginning. */
const LINES: Readonly<Record<Size, number>> = { quick: 800, full: 1_500 };
/** Within this part of the lines something is killed. */
const KILL_FROM = 0.2;
const KILL_TO = 0.5;
/** It comes back after this long and up to as much again, ms. */
const AWAY_MS = 2_000;
/** From the start of a replay to its end, whatever is killed, ms. */
const REPLAY_MAX_MS = 120_000;

export const clusterReplay: FaultScenario = {
  name: "cluster-replay",
  about:
    "one of each kind of process and server of a cluster is killed while a log is replayed at full speed; its check passes",
  maxS: { quick: 420, full: 2_400 },
  run,
};

type Stage = Pick<Surroundings, "say" | "closers"> & {
  readonly system: System;
  readonly random: Random;
  /** For the replay. */
  readonly env: NodeJS.ProcessEnv;
};

/** What a replay came to. `met`: something was killed while it sent. */
type Round = {
  readonly met: boolean;
  readonly acknowledged: number;
  readonly violations: readonly string[];
  readonly note: string;
};

async function run(size: Size, { env, say, closers, seed = drawSeed() }: Surroundings): Promise<FaultResult> {
  const random = seededRandom(seed);
  const logs = await chatLogs(env);
  const system = await System.start(env, random.fork("gateways"), closers);
  // Its operator key is there from now on.
  await runningCluster();
  const settings = parseEnv(await readFile(join(SERVERS_FOLDER, "cluster.env"), "utf8"));
  const stage: Stage = { system, random, say, closers, env: { ...env, ...settings } };
  const rounds: Round[] = [];
  for (let time = 1; time <= TIMES[size]; time++) {
    for (const kind of KINDS) {
      const log = await beginningOf(random.pick(logs), LINES[size], closers);
      const round = await replayWithout(kind, log, LINES[size], stage);
      say(round.note);
      rounds.push(round);
    }
  }
  return {
    runs: rounds.length,
    voidRuns: rounds.filter(({ met }) => !met).length,
    faultsInFlight: rounds.filter(({ met }) => met).length,
    acknowledged: rounds.reduce((sum, { acknowledged }) => sum + acknowledged, 0),
    // What was not answered is repeated until it is, or the replay fails.
    unknown: 0,
    violations: rounds.flatMap(({ violations }) => violations),
    notes: [`seed ${seed}`, ...rounds.map(({ note }) => note)],
  };
}

/** Replays a log and kills one of a kind in the middle of it, which comes back. */
async function replayWithout(kind: string, log: string, lines: number, stage: Stage): Promise<Round> {
  const { system, random, env, closers } = stage;
  const beganMs = performance.now();
  const replaying = startReplay(log, env, REPLAY_MAX_MS, closers);
  const from = lines * (KILL_FROM + (KILL_TO - KILL_FROM) * random.next());
  await until(() => replaying.progress.sent >= from || !replaying.running, REPLAY_MAX_MS);
  const name = random.pick(system.named(kind));
  const { marks } = replaying.progress;
  system.kill(name);
  await sleep(AWAY_MS + random.below(AWAY_MS));
  await system.restart(name);
  return roundOf(name, replaying, marks, beganMs);
}

/** `marks`: how often it had said how far it is when something was killed; it must say so once more to have met it. */
async function roundOf(name: string, replaying: Replaying, marks: number, beganMs: number): Promise<Round> {
  const { code, figures, said } = await replaying.ended;
  const met = marks > 0 && replaying.progress.marks > marks;
  const took = `${Math.round((performance.now() - beganMs) / 1_000)} s`;
  if (code === 0) {
    const acknowledged = acknowledgedIn(figures);
    return { met, acknowledged, violations: [], note: `${name} killed: all is right, ${acknowledged} ok, ${took}` };
  }
  const how = code === null ? `was ended after ${REPLAY_MAX_MS / 1_000} s` : `ended with ${code}`;
  const why = `a replay ${how} after ${name} was killed: ${figures} ${said.join("; ")}`;
  return { met, acknowledged: 0, violations: [why], note: `${name} killed: ${how}, ${took}` };
}
