import { Closers } from "@guildhall/kernel";
import type { Latency } from "../../report/latency.ts";
import { type Canary, startCanary } from "../hostile/canary.ts";
import type { CanaryReport, CanaryWord } from "../hostile/canary-process.ts";
import { type Ground, startGround } from "../hostile/ground.ts";
import { grown, inspectable, readMetrics, type Vitals, vitalsOf } from "../hostile/vitals.ts";
import type { FaultResult, FaultScenario, Size, Surroundings } from "../scenario.ts";
import { COMMAND_CASES } from "./command-cases.ts";
import { freeSieges, type Repeats, SILENT_SIEGES } from "./free-sieges.ts";
import { type Done, type Group, plainGroup, runGroup, siegeGroup, socketGroup } from "./groups.ts";
import { HANDSHAKE_CASES, SLOW_HANDSHAKE_CASES } from "./handshake-cases.ts";
import { HTTP_CASES, SLOW_HTTP_CASES } from "./http-cases.ts";
import { JSON_CASES } from "./json-cases.ts";
import { MSGPACK_CASES } from "./msgpack-cases.ts";
import { LAST_STRICT_SIEGE, STRICT_SETTINGS, STRICT_SIEGES } from "./strict-sieges.ts";
import { tokenCases } from "./token-cases.ts";

const REPEATS: Readonly<Record<Size, Repeats>> = {
  quick: { resets: 500, aborts: 200, empties: 20 },
  full: { resets: 10_000, aborts: 2_000, empties: 200 },
};
/** How often the whole catalogue is gone through before memory is looked at first, and again after that. */
const ROUNDS: Readonly<Record<Size, readonly [number, number]>> = { quick: [1, 1], full: [3, 5] };
const QUIET_MS = 3_000;
const ECHO_MAX_MS = 50;
/** Where the machine by itself does not keep that, echoes may take so many times what they take on a server in peace. */
const ECHO_MAX_FACTOR = 2;
/** Good questions, two thousand at once with limits off: work that others wait for, and no bad input. */
const WORK_GROUP = "M36";
/** Below so many echoes the slowest percent is one echo: the group is judged with the others. */
const ECHOES_MIN = 200;
/** Where all echoes together are no more than that, the slowest of them are held to this. */
const FEW_ECHOES_MAX_MS = 500;
/** How much more may be resident that is no file, MiB, and on the heap, after the rounds that follow the first ones. */
const ANONYMOUS_MAX_MIB = 8;
const HEAP_MAX_MIB = 2;

async function groupsFor(ground: Ground, size: Size): Promise<readonly Group[]> {
  const tokens = await tokenCases(ground);
  return [
    plainGroup("handshake", HANDSHAKE_CASES),
    socketGroup("JSON", JSON_CASES),
    socketGroup("MessagePack", MSGPACK_CASES),
    socketGroup("commands", COMMAND_CASES),
    socketGroup("tokens", tokens.socket),
    plainGroup("tokens over HTTP", tokens.plain),
    plainGroup("HTTP", HTTP_CASES),
    ...freeSieges(REPEATS[size]).map((siege) => siegeGroup(siege.id, [siege], 1)),
  ];
}

/** Groups that wait for timeouts of the server, all of them at once and beside the others. */
const SLOW_GROUPS: readonly Group[] = [
  plainGroup("slow handshakes", SLOW_HANDSHAKE_CASES),
  plainGroup("slow HTTP", SLOW_HTTP_CASES),
  siegeGroup("no hello", SILENT_SIEGES, SILENT_SIEGES.length),
];

async function run(size: Size, { env, closers, say }: Surroundings): Promise<FaultResult> {
  const inspector = await inspectable(env);
  const strict = strictRun(closers, env);
  const ground = await startGround(closers, inspector.env);
  const canary = await startCanary(ground, closers, env);
  // On the same machine at the same time, on a server that nobody attacks.
  const control = await startCanary(await startGround(closers, env), closers, env);
  const groups = await groupsFor(ground, size);
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  const quiet = await canary.report("end");

  const slow = Promise.all(SLOW_GROUPS.map((group) => group.run(ground)));
  const [first, more] = ROUNDS[size];
  const rounds = new Rounds(groups, ground, { canary, control }, say);
  for (let round = 0; round < first; round++) await rounds.run();
  const before = await vitalsOf(ground, inspector.port);
  const metrics = await readMetrics(ground);
  for (let round = 0; round < more; round++) await rounds.run();
  await rounds.judgeWhole();
  const waited = (await slow).flat();
  const after = await vitalsOf(ground, inspector.port);
  const strictDone = await strict;
  const violations = grown(
    metrics,
    await readMetrics(ground),
    'guildhall_gateway_protocol_violations_total{reason="too_large"}',
  );

  const done = [...rounds.done, ...waited, ...strictDone];
  const cases = done.filter(({ id }) => id !== "");
  return {
    runs: cases.length,
    voidRuns: 0,
    faultsInFlight: rounds.sung,
    acknowledged: cases.reduce((sum, { commits }) => sum + commits, 0),
    unknown: 0,
    violations: [
      ...done.flatMap(({ faults }) => faults),
      ...rounds.faults,
      ...memoryFaults(before, after),
      ...(violations > 0 ? [] : ["no frame that is too large was counted"]),
    ],
    notes: [
      `${groups.flatMap(({ ids }) => ids).length} cases in ${groups.length} groups, ${first + more} time(s); ${waited.length} that wait for a timeout; ${strictDone.length} with limits on`,
      `echoes in quiet p99 ${quiet.echo.p99.toFixed(1)} ms of ${quiet.echo.count}; ${rounds.notes.join("; ")}`,
      `memory after a forced full collection, MiB resident / of that no file / heap: ${memoryText(before)} after ${first} round(s), ${memoryText(after)} after ${more} more; file descriptors ${before.fds} and ${after.fds}`,
    ],
  };
}

/** The rounds through the catalogue, and how the canary fared in each group. */
class Rounds {
  readonly #groups: readonly Group[];
  readonly #ground: Ground;
  readonly #canary: Canary;
  readonly #control: Canary;
  readonly #say: (text: string) => void;
  readonly #worstMs = new Map<string, number>();
  readonly #worst = new Map<string, string>();
  readonly done: Done[] = [];
  readonly faults: string[] = [];
  /** Cases during which the canary sang and was heard. */
  sung = 0;

  constructor(
    groups: readonly Group[],
    ground: Ground,
    { canary, control }: { readonly canary: Canary; readonly control: Canary },
    say: (text: string) => void,
  ) {
    this.#groups = groups;
    this.#ground = ground;
    this.#canary = canary;
    this.#control = control;
    this.#say = say;
  }

  /** The worst p99 of each group, beside that of the server in peace. */
  get notes(): string[] {
    return [`worst p99 a group / on a server in peace meanwhile, ms: ${[...this.#worst.values()].join(", ")}`];
  }

  /** Every group once. */
  async run(): Promise<void> {
    for (const group of this.#groups) {
      const counted = group.name !== WORK_GROUP;
      await this.#ask(counted ? "begin" : "end");
      const done = await runGroup(group, this.#ground);
      const [heard, peace] = await this.#ask("end");
      this.done.push(...done);
      if (heard.echo.count > 0) this.sung += group.ids.length;
      this.#judge(group.name, heard, peace, counted);
      const faults = done.flatMap((one) => one.faults).length;
      this.#say(`bad-input: ${group.name}, ${group.ids.length} cases, ${faults} faults`);
    }
  }

  #ask(word: CanaryWord): Promise<[CanaryReport, CanaryReport]> {
    return Promise.all([this.#canary.report(word), this.#control.report(word)]);
  }

  #judge(name: string, { echo, lost, over }: CanaryReport, peace: CanaryReport, counted: boolean): void {
    if (over) this.faults.push(`${name}: the canary was hung up on`);
    if (lost > 0) this.faults.push(`${name}: ${lost} echoes did not come`);
    this.#judgeEcho(name, echo, peace.echo, counted && echo.count >= ECHOES_MIN);
  }

  /** The canary's echoes over all rounds. */
  async judgeWhole(): Promise<void> {
    const [heard, peace] = await this.#ask("end");
    this.#judgeEcho("all", heard.whole, peace.whole, true);
  }

  #judgeEcho(name: string, echo: Latency, peace: Latency, judged: boolean): void {
    if (echo.p99 >= (this.#worstMs.get(name) ?? 0)) {
      this.#worstMs.set(name, echo.p99);
      this.#worst.set(name, `${name} ${echo.p99.toFixed(1)} / ${peace.p99.toFixed(1)}`);
    }
    const floorMs = echo.count >= ECHOES_MIN ? ECHO_MAX_MS : FEW_ECHOES_MAX_MS;
    const boundMs = Math.max(floorMs, peace.p99 * ECHO_MAX_FACTOR);
    if (!judged || echo.p99 <= boundMs) return;
    this.faults.push(
      `${name}: echoes took ${echo.p99.toFixed(1)} ms p99 of ${echo.count}, at most ${boundMs.toFixed(0)}`,
    );
  }
}

/** A server of its own with its limits on. What counts handshakes comes last. */
async function strictRun(outer: Closers, env: NodeJS.ProcessEnv): Promise<readonly Done[]> {
  const closers = outer.use(new Closers());
  const ground = await startGround(closers, env, STRICT_SETTINGS);
  const done = await siegeGroup("limits", STRICT_SIEGES, STRICT_SIEGES.length).run(ground);
  return [...done, ...(await siegeGroup("handshakes", [LAST_STRICT_SIEGE], 1).run(ground))];
}

function memoryFaults(before: Vitals, after: Vitals): string[] {
  const faults: string[] = [];
  const anonymous = after.anonymousMib - before.anonymousMib;
  const heap = after.heapMib - before.heapMib;
  if (!(anonymous <= ANONYMOUS_MAX_MIB))
    faults.push(`${anonymous.toFixed(1)} MiB more are resident after the later rounds`);
  if (!(heap <= HEAP_MAX_MIB)) faults.push(`${heap.toFixed(1)} MiB more are on the heap after the later rounds`);
  return faults;
}

const memoryText = ({ residentMib, anonymousMib, heapMib }: Vitals): string =>
  [residentMib, anonymousMib, heapMib].map((mib) => mib.toFixed(1)).join(" / ");

/** The catalogue of bad input against the real gateway and api, while an orderly client speaks. */
export const badInput: FaultScenario = {
  name: "bad-input",
  about:
    "handshakes, frames, JSON, MessagePack, tokens and HTTP as they should not be: each gets the stated answer, an orderly client notices nothing",
  maxS: { quick: 120, full: 900 },
  run,
};
