import { setTimeout as sleep } from "node:timers/promises";
import { requestOf } from "../request.ts";
import type { FaultResult, FaultScenario } from "../scenario.ts";
import { type Served, STAYING } from "./customers.ts";
import { type Scene, setUp } from "./ground.ts";
import { countsOf, noteOn, wrongIn } from "./judge.ts";
import type { AttackReport, AttackTask, FromAttackers } from "./messages.ts";
import * as plan from "./plan.ts";
import { type Held, heldOnce, mostHeld } from "./watch.ts";

const CALM_MS = 4_000;
const ATTACK_MAX_MS = 60_000;
const BACK_MAX_MS = 10_000;
/** Who counts the attackers' messages is connected, too. */
const WATCHERS = 1;
const CONNECT_P99_MAX_MS = 1_000;
/** The metrics are read over connections that are kept for a while. */
const FDS_SPARE = 4;
const MIB = 1024 * 1024;
/**
 * What may be held at once: a session and its socket for each that may be silent; for each unfinished message twice the
 * largest frame; for each unfinished request the socket library's bound of headers; and what the collector leaves
 * lying before it looks again.
 */
const SESSION_MAX_BYTES = 16 * 1024;
const UNFINISHED_MAX_BYTES = 32 * 1024;
const HEADERS_MAX_BYTES = 8 * 1024;
const GARBAGE_MAX_MIB = 64;
const MEMORY_MAX_MIB =
  (plan.SILENT_MAX * SESSION_MAX_BYTES +
    (plan.HALF_SENT + plan.SLOW_HELLO + plan.STALLED + plan.SLOW_SEND) * UNFINISHED_MAX_BYTES +
    plan.HALF_OPEN * HEADERS_MAX_BYTES) /
    MIB +
  GARBAGE_MAX_MIB;
/** An attack of which less came about has shown nothing. */
const ANSWERED_MIN_SHARE = 0.5;

type Round = {
  readonly calm: Served;
  readonly served: Served;
  readonly attacks: readonly AttackReport[];
  /** How long the attackers' process was held up at most. */
  readonly lateMs: number;
  readonly seconds: number;
  readonly before: Held;
  readonly most: Held;
  readonly after: Held;
  /** Of one person who floods, messages that were committed, at most; and how many may be. */
  readonly committedMax: number;
  readonly mayCommit: number;
};

export const greedy: FaultScenario = {
  name: "greedy",
  about: `${plan.SILENT} silent sockets, half-open handshakes, single bytes, unfinished messages and floods: each ends in time, and others are let in and served`,
  maxS: { quick: 60, full: 180 },
  async run(size, around) {
    const scene = await setUp(around);
    const rounds: Round[] = [];
    for (let round = 0; round < plan.ROUNDS[size]; round++) {
      around.say(`greedy: round ${round + 1} of ${plan.ROUNDS[size]}`);
      rounds.push(await attackOnce(scene, round));
    }
    return resultOf(rounds, scene);
  },
};

async function attackOnce(scene: Scene, round: number): Promise<Round> {
  const { attackers, committed, customers, g, people, server } = scene;
  const calm = await customers.serve(sleep(CALM_MS));
  const before = await heldOnce(server, ({ connections }) => connections === STAYING + WATCHERS, BACK_MAX_MS);
  const startMs = performance.now();
  committed.clear();
  const task: AttackTask = { kind: "attack", url: server.url, g, people, round };
  const attack = requestOf<AttackTask, Extract<FromAttackers, { kind: "attacked" }>>(attackers, task, ATTACK_MAX_MS);
  const [served, most] = await Promise.all([customers.serve(attack), mostHeld(server, attack)]);
  const { attacks, lateMs } = await attack;
  const seconds = (performance.now() - startMs) / 1_000;
  const isBack = (held: Held): boolean =>
    held.connections === before.connections && held.silent === 0 && held.fds <= before.fds + FDS_SPARE;
  const after = await heldOnce(server, isBack, BACK_MAX_MS);
  const mayCommit = plan.SENDS_IN_GROUP_PER_5_S * (1 + seconds / 5) + 1;
  const committedMax = Math.max(0, ...committed.values());
  return { calm, served, attacks, lateMs, seconds, before, most, after, committedMax, mayCommit };
}

function resultOf(rounds: readonly Round[], { customers }: Scene): FaultResult {
  const isVoid = ({ attacks, served }: Round): boolean =>
    served.connect.count === 0 || served.echo.count === 0 || attacks.some((attack) => !cameAbout(attack));
  const voidRuns = rounds.filter(isVoid).length;
  return {
    runs: rounds.length,
    voidRuns,
    faultsInFlight: rounds.length - voidRuns,
    acknowledged: customers.acknowledged,
    unknown: customers.unknown,
    violations: [...rounds.flatMap(wrongWith), ...customers.violations],
    notes: rounds.flatMap(notesOn),
  };
}

/** Whether most of its sockets were let in as far as the attack takes. */
function cameAbout({ endings }: AttackReport): boolean {
  const refused = countsOf(endings)["REFUSED 503"] ?? 0;
  return endings.length > 0 && endings.length - refused >= ANSWERED_MIN_SHARE * endings.length;
}

function wrongWith({ after, attacks, before, committedMax, lateMs, mayCommit, most, served }: Round): string[] {
  const wrong = attacks.flatMap((attack) => wrongIn(attack, lateMs));
  if (served.connect.p99 >= CONNECT_P99_MAX_MS) wrong.push(`customers connected in ${ms(served.connect.p99)} (p99)`);
  if (served.lost > 0) wrong.push(`${served.lost} messages of customers did not come back`);
  if (most.silent > plan.SILENT_MAX)
    wrong.push(`${most.silent} connections had said nothing, at most ${plan.SILENT_MAX}`);
  const grown = most.mib - before.mib;
  if (grown > MEMORY_MAX_MIB)
    wrong.push(`memory grew by ${grown.toFixed(1)} MiB, at most ${MEMORY_MAX_MIB.toFixed(0)}`);
  if (after.connections !== before.connections)
    wrong.push(`${after.connections - before.connections} connections stay`);
  if (after.silent > 0) wrong.push(`${after.silent} silent connections stay`);
  if (after.fds > before.fds + FDS_SPARE) wrong.push(`${after.fds - before.fds} file descriptors stay`);
  if (committedMax > mayCommit) wrong.push(`${committedMax} messages of one flooder were committed`);
  return wrong;
}

function notesOn({
  after,
  attacks,
  before,
  calm,
  committedMax,
  lateMs,
  mayCommit,
  most,
  seconds,
  served,
}: Round): string[] {
  return [
    `${seconds.toFixed(1)} s of attacks, whose process was held up for ${ms(lateMs)} at most: ${served.connect.count} customers connected, p50 ${ms(served.connect.p50)}, p99 ${ms(served.connect.p99)}, at most ${ms(CONNECT_P99_MAX_MS)} (before: p99 ${ms(calm.connect.p99)})`,
    `  ${served.echo.count} messages of customers came back, p50 ${ms(served.echo.p50)}, p99 ${ms(served.echo.p99)} (before: p50 ${ms(calm.echo.p50)}, p99 ${ms(calm.echo.p99)})`,
    `  memory ${before.mib.toFixed(0)} → ${most.mib.toFixed(0)} → ${after.mib.toFixed(0)} MiB, at most ${MEMORY_MAX_MIB.toFixed(0)} more; connections ${before.connections} → ${most.connections} → ${after.connections}; silent at most ${most.silent} of ${plan.SILENT_MAX}; file descriptors ${before.fds} → ${most.fds} → ${after.fds}`,
    ...attacks.map(noteOn),
    `  of one flooder ${committedMax} messages were committed at most, ${mayCommit.toFixed(0)} may be`,
  ];
}

const ms = (value: number): string => `${value.toFixed(1)} ms`;
