import { signIn, signUp } from "@guildhall/client";
import { makePeople, operatorKey } from "../../clients/people.ts";
import { startGuildhall } from "../../processes/servers.ts";
import { Latencies } from "../../report/latency.ts";
import { Dice } from "../dice.ts";
import type { FaultResult, FaultScenario, Size, Surroundings } from "../scenario.ts";
import { SALVO_MESSAGES } from "./blast.ts";
import { groundOf } from "./ground.ts";
import { type Parts, type Round, removalRound } from "./round.ts";

const ROUNDS: Readonly<Record<Size, number>> = { quick: 180, full: 1_000 };
/** Below these the rounds have not shown what they are for, and none counts. */
const ORDER_SHARE_MIN = 0.2;
const IN_FLIGHT_MIN = 100;
const VIOLATIONS_MAX = 20;
const SERVER_CORE = 0;

export const removal: FaultScenario = {
  name: "removal",
  about: "a kick amid 200 messages a second: the removed member sees nothing newer, and nothing of theirs commits",
  maxS: { quick: 60, full: 400 },
  async run(size, around) {
    const dice = Dice.from(around.env);
    around.say(`removal: seed ${dice.seed}`);
    const parts = await prepare(around, dice);
    const rounds: Round[] = [];
    parts.blast.start();
    for (let round = 0; round < ROUNDS[size]; round++) {
      rounds.push(await removalRound(parts));
      if (rounds.reduce((total, { violations }) => total + violations.length, 0) >= VIOLATIONS_MAX) break;
    }
    parts.blast.stop();
    for (const device of parts.devices) device.stop();
    return await resultOf(rounds, parts);
  },
};

async function prepare({ closers, env }: Surroundings, dice: Dice): Promise<Parts> {
  const server = await startGuildhall(closers, SERVER_CORE, env);
  const key = await operatorKey(server.api, undefined, server.operatorCode);
  const members = await makePeople(server.api, key, SALVO_MESSAGES + 1);
  const credentials = { name: "removed", password: "correct horse battery" };
  const removed = [await signUp(server.api, credentials), await signIn(server.api, credentials)];
  return groundOf({ members, removed, onlookers: [] }, [server.url], dice, closers);
}

async function resultOf(rounds: readonly Round[], { blast, devices, dice, witnesses }: Parts): Promise<FaultResult> {
  const count = (is: (round: Round) => boolean): number => rounds.filter(is).length;
  const messageFirst = count((round) => round.messageFirst);
  const kickFirst = count((round) => round.kickFirst);
  const met = count((round) => round.messagesInFlight > 0);
  const delivering = count((round) => round.deliveriesInFlight > 0);
  const least = ORDER_SHARE_MIN * rounds.length;
  const shown = messageFirst >= least && kickFirst >= least && delivering >= IN_FLIGHT_MIN;
  const told = await Latencies.make();
  const toldMs = rounds.flatMap((round) => round.toldMs);
  for (const ms of toldMs) told.record(Math.max(0, ms));
  const { p50, p99, max } = told.summary();
  const early = toldMs.filter((ms) => ms <= 0).length;
  const pages = devices.reduce((total, device) => total + device.pages, 0);
  const pagesAfter = rounds.reduce((total, round) => total + round.pagesAfter, 0);
  return {
    runs: rounds.length,
    voidRuns: shown ? rounds.length - met : rounds.length,
    faultsInFlight: met,
    acknowledged: blast.acknowledged,
    unknown: blast.unknown,
    violations: [
      ...rounds.flatMap(({ violations }) => violations),
      ...witnesses.flatMap(({ violations }) => violations),
    ].slice(0, VIOLATIONS_MAX),
    notes: [
      `seed ${dice.seed}`,
      `a message in flight was right before the kick in ${messageFirst} rounds and right behind it in ${kickFirst}, of ${rounds.length}; at least ${ORDER_SHARE_MIN * 100} % each`,
      `deliveries were in flight in ${delivering} rounds, at least ${IN_FLIGHT_MIN}`,
      `from the kick's ok to its event at the removed member: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, max ${max.toFixed(1)} ms; of ${toldMs.length} the event was first ${early} times`,
      `${pages} pages of history were read before removals, ${pagesAfter} after`,
    ],
  };
}
