import type { Closers } from "@guildhall/kernel";
import { makePeople, operatorKey } from "../clients/people.ts";
import type { Person } from "../driver/messages.ts";
import { type DriverProcess, startDriver } from "../processes/driver.ts";
import { type Server, startBaseline, startGuildhall } from "../processes/servers.ts";
import { readCpuSeconds } from "../report/cpu.ts";
import { checkPlan, type GroupPlan, type GroupReport, type Round, roundOf, type TargetName } from "./group-plan.ts";
import type { Surroundings } from "./surroundings.ts";

const SERVER_CORE = 0;
const DRIVER_CORE = 1;

type Target = { readonly name: TargetName; readonly server: Server; readonly driver: DriverProcess };

/**
 * One group of many members in which a few speak as fast as they are answered; beside it the same load on two bare
 * servers. Everybody is connected before the first round, and the rounds of the servers take turns, so that a
 * busier minute of the machine meets them all.
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
  const rounds: Partial<Record<TargetName, Round[]>> = {};
  for (let round = 1; round <= plan.rounds; round++) {
    for (const target of targets) {
      around.say(`round ${round}: ${target.name}`);
      (rounds[target.name] ??= []).push(await oneRound(target, plan, around));
    }
  }
  return { plan, rounds };
}

async function guildhallTarget(plan: GroupPlan, around: Surroundings, closers: Closers): Promise<Target> {
  const { env, say, where } = around;
  if (where === undefined) say("guildhall: starting");
  const server = where ?? (await startGuildhall(closers, SERVER_CORE, env));
  say(`guildhall: adding ${plan.members} people`);
  const key = await operatorKey(server.api, around.operatorKey, server.operatorCode);
  const people = await makePeople(server.api, key, plan.members);
  return connect("guildhall", server, people, plan, around, closers);
}

async function baselineTarget(
  name: "topic" | "gather",
  plan: GroupPlan,
  around: Surroundings,
  closers: Closers,
): Promise<Target> {
  return connect(name, await startBaseline(name, closers, SERVER_CORE, around.env), [], plan, around, closers);
}

async function connect(
  name: TargetName,
  server: Server,
  people: readonly Person[],
  plan: GroupPlan,
  { env, say }: Surroundings,
  closers: Closers,
): Promise<Target> {
  say(`${name}: connecting ${plan.members} members`);
  const driver = closers.use(startDriver({ core: DRIVER_CORE, env }));
  const { members, senders, window, bytes, rate } = plan;
  const kind = name === "guildhall" ? "guildhall" : "bare";
  await driver.setUp({ kind, url: server.url, members, senders, window, bytes, rate, people });
  return { name, server, driver };
}

async function oneRound({ name, server, driver }: Target, plan: GroupPlan, { say }: Surroundings): Promise<Round> {
  const before = await readCpuSeconds(server.metrics);
  const result = await driver.round(plan.seconds, (messages, delivered) => {
    say(`  ${name}: ${messages} messages sent, ${delivered} deliveries checked`);
  });
  return roundOf(result, (await readCpuSeconds(server.metrics)) - before);
}
