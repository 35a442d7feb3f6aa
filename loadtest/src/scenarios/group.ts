import type { Closers } from "@guildhall/kernel";
import { makePeople, operatorKey } from "../clients/people.ts";
import type { Pace, Person } from "../driver/messages.ts";
import { type DriverProcess, startDriver } from "../processes/driver.ts";
import { type Server, startBaseline, startGuildhall } from "../processes/servers.ts";
import { readEachCpuSeconds } from "../report/cpu.ts";
import {
  checkPlan,
  type GroupPlan,
  type GroupReport,
  type Round,
  roundOf,
  type TargetName,
  WARM_UP_TURNS,
} from "./group-plan.ts";
import { faultsOf } from "./group-report.ts";
import type { Surroundings } from "./surroundings.ts";

const SERVER_CORE = 0;
const DRIVER_CORE = 1;

/** A server with everybody connected. `groups`: their ids, where it gives them any. */
export type Target = {
  readonly name: TargetName;
  readonly server: Server;
  readonly driver: DriverProcess;
  readonly groups: readonly number[];
};

/**
 * Groups in which some speak; beside them the same load on bare servers. Everybody is connected before the first
 * round, and the rounds of the servers take turns, so that a busier minute of the machine meets them all.
 */
export async function runGroup(plan: GroupPlan, around: Surroundings, closers: Closers): Promise<GroupReport> {
  checkPlan(plan);
  const targets: Target[] = [];
  for (const name of plan.targets) {
    targets.push(
      name === "guildhall"
        ? await guildhallTarget(plan, around, closers)
        : await baselineTarget(name, plan, around, closers),
    );
  }
  const warmUpFaults: string[] = [];
  for (const target of plan.warmUpSeconds === 0 ? [] : targets) {
    warmUpFaults.push(...(await warmUp(target, plan, around)));
  }
  const rounds: Partial<Record<TargetName, Round[]>> = {};
  for (let round = 1; round <= plan.rounds; round++) {
    for (const target of targets) {
      around.say(`round ${round}: ${target.name}`);
      (rounds[target.name] ??= []).push(await oneRound(target, plan, around));
    }
  }
  return { plan, warmUpFaults, rounds };
}

/** Our own system, or the one given, with everybody connected. */
export async function guildhallTarget(plan: GroupPlan, around: Surroundings, closers: Closers): Promise<Target> {
  const { env, say, where } = around;
  if (where === undefined) say("guildhall: starting");
  const server = where ?? (await startGuildhall(closers, SERVER_CORE, env));
  const count = plan.groups * plan.members;
  say(`guildhall: adding ${count} people`);
  const key = await operatorKey(server.api, around.operatorKey, server.operatorCode);
  const people = await makePeople(server.api, key, count);
  return connect("guildhall", server, people, plan, around, closers);
}

async function baselineTarget(
  name: "topic" | "gather",
  plan: GroupPlan,
  around: Surroundings,
  closers: Closers,
): Promise<Target> {
  const core = pins(around) ? SERVER_CORE : undefined;
  return connect(name, await startBaseline(name, closers, core, around.env), [], plan, around, closers);
}

/** Connects everybody from a process of its own, which goes with `closers`. */
export async function connect(
  name: TargetName,
  server: Server,
  people: readonly Person[],
  plan: GroupPlan,
  around: Surroundings,
  closers: Closers,
): Promise<Target> {
  const { env, say } = around;
  const { groups, members, senders, window, bytes } = plan;
  say(`${name}: connecting ${groups * members} members`);
  const driver = closers.use(startDriver({ ...(pins(around) ? { core: DRIVER_CORE } : {}), env }));
  const kind = name === "guildhall" ? "guildhall" : "bare";
  const ids = await driver.setUp({ kind, url: server.url, groups, members, senders, window, bytes, people });
  return { name, server, driver, groups: ids };
}

/** Beside processes that run on any core nobody stays on one. */
function pins({ where }: Surroundings): boolean {
  return where?.processes === undefined;
}

/** Speaks until the server is warm. What was wrong meanwhile, in words. */
export async function warmUp(target: Target, plan: GroupPlan, around: Surroundings): Promise<string[]> {
  const faults: string[] = [];
  let messages = 0;
  for (let turn = 0; turn === 0 || (turn < WARM_UP_TURNS && messages < plan.warmUpMessages); turn++) {
    around.say(`warming up: ${target.name}`);
    const round = await oneRound(target, warmUpOf(plan), around);
    messages += round.messages;
    faults.push(...faultsOf(round, plan.members).map((fault) => `${target.name}, warm-up: ${fault}`));
  }
  return faults;
}

/** How a warm-up is spoken. */
export function warmUpOf({ warmUpSeconds, warmUpRate }: GroupPlan): Pace {
  return { seconds: warmUpSeconds, rate: warmUpRate };
}

/** One round, with the CPU it took. */
export async function oneRound({ name, server, driver }: Target, pace: Pace, { say }: Surroundings): Promise<Round> {
  const processes = server.processes ?? [server.metrics];
  const before = await readEachCpuSeconds(processes);
  const result = await driver.round(pace, (messages, delivered) => {
    say(`  ${name}: ${messages} messages sent, ${delivered} deliveries checked`);
  });
  const after = await readEachCpuSeconds(processes);
  return roundOf(
    result,
    after.map((cpuS, i) => cpuS - (before[i] ?? 0)),
  );
}
