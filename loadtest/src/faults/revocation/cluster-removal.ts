import { type Closers, sleep } from "@guildhall/kernel";
import type { Person } from "../../driver/messages.ts";
import { System } from "../cluster/system.ts";
import { Dice } from "../dice.ts";
import { drawSeed, seededRandom } from "../random.ts";
import { SALVO_MESSAGES } from "../removal/blast.ts";
import { groundOf } from "../removal/ground.ts";
import { type Kick, type Parts, type Round, removalRound } from "../removal/round.ts";
import type { FaultResult, FaultScenario, Size, Surroundings } from "../scenario.ts";
import { somebody } from "../workload/set-up.ts";
import { type Lateness, over, rangeOf } from "./lateness.ts";
import { OUTAGE_MS, OUTAGES, type Outage } from "./outages.ts";
import { Revocable, type Revoked, WAYS } from "./revocable.ts";
import { type Outcome, outcomeOf } from "./revocations.ts";

const KICKS: Readonly<Record<Size, number>> = { quick: 60, full: 320 };
/** Each fourth of them is a ban. */
const REVOCATIONS: Readonly<Record<Size, number>> = { quick: 16, full: 140 };
const BAN_EVERY = 4;
/** Of each kind; in each one somebody is signed out in every way and somebody is banned. */
const OUTAGES_EACH: Readonly<Record<Size, number>> = { quick: 1, full: 8 };
/** CI shares its machine. What holds always holds there, too. */
const MARGIN: Readonly<Record<Size, number>> = { quick: 2, full: 1 };

/** From a kick's `ok` to the kick at the member's sockets. */
const TOLD_P99_MS = 100;
/** By how much later than the acknowledgement what still reaches a device that is signed out may have been committed. */
const LATE_P99_MS = 1_000;
const LATE_MAX_MS = 5_000;
/** A socket is closed within this time, and after an outage once the gateway is back. */
const CLOSED_MAX_MS = 5_000;
const BACK_MAX_MS = 10_000;
/** A device follows for this long and up to as much again. */
const FOLLOW_MS = 50;
/** So that what happens in an outage happens in one. */
const BEGUN_MS = 100;
const VIOLATIONS_MAX = 20;

export const clusterRemoval: FaultScenario = {
  name: "cluster-removal",
  about: "over two gateways members are kicked and people signed out, also while a gateway is stopped or cut off",
  maxS: { quick: 300, full: 2_400 },
  run,
};

async function run(size: Size, { env, say, closers, seed = drawSeed() }: Surroundings): Promise<FaultResult> {
  const system = await System.start(env, seededRandom(seed), closers);
  const stage: Stage = { system, size, say, dice: new Dice(seed), closers };
  const sums = [await kicks(stage), await revocations(stage), await outages(stage)];
  const rounds = sums.flatMap((sum) => sum.rounds);
  return {
    runs: rounds.length,
    voidRuns: rounds.filter((met) => !met).length,
    faultsInFlight: rounds.filter(Boolean).length,
    acknowledged: sums.reduce((total, { acknowledged }) => total + acknowledged, 0),
    unknown: sums.reduce((total, { unknown }) => total + unknown, 0),
    violations: sums.flatMap(({ violations }) => violations).slice(0, VIOLATIONS_MAX),
    notes: [`seed ${seed}`, ...sums.flatMap(({ notes }) => notes)],
  };
}

type Stage = {
  readonly system: System;
  readonly size: Size;
  readonly say: (text: string) => void;
  readonly dice: Dice;
  readonly closers: Closers;
};

/** What a part of the run came to; of each round whether it met something in flight. */
type Sum = Pick<FaultResult, "acknowledged" | "unknown" | "violations" | "notes"> & {
  readonly rounds: readonly boolean[];
};

/** A member with a device on each gateway is kicked again and again. */
async function kicks(stage: Stage): Promise<Sum> {
  const parts = await groundWith(stage);
  const rounds: Round[] = [];
  const [beganMs, before] = [performance.now(), parts.blast.acknowledged];
  while (rounds.length < KICKS[stage.size]) rounds.push(await removalRound(parts));
  const rate = ((parts.blast.acknowledged - before) * 1_000) / (performance.now() - beganMs);
  const toldMs = rounds.flatMap((round) => round.toldMs);
  const told = "from a kick's ok to its event at the member's sockets";
  const p99Ms = TOLD_P99_MS * MARGIN[stage.size];
  return sumOf(stage, parts, {
    rounds: rounds.map(isMet),
    violations: [
      ...rounds.flatMap(({ violations }) => violations),
      ...over(told, toldMs, { p99Ms, maxMs: Number.POSITIVE_INFINITY }),
    ],
    notes: [
      `${rounds.length} kicks amid ${rate.toFixed(0)} acknowledged messages a second: ${told}, min / median / p99 / max ms ${rangeOf(toldMs)}`,
    ],
  });
}

/** People end their sign-ins, in each way, and are banned. */
async function revocations(stage: Stage): Promise<Sum> {
  const { size, dice } = stage;
  const parts = await groundWith(stage);
  const person = await Revocable.make(stage.system, stage.system.gateways, parts.g);
  stage.closers.defer(() => person.destroy());
  const outcomes: Outcome[] = [];
  const bans: Round[] = [];
  for (let i = 0; i < REVOCATIONS[size]; i++) {
    if (i % BAN_EVERY === BAN_EVERY - 1)
      bans.push(await removalRound(parts, { m: "member.ban", amid: (ban) => ban() }));
    else {
      await person.comeBack();
      await sleep(FOLLOW_MS * (1 + dice.next()));
      const revoked = await person.revoke(WAYS[outcomes.length % WAYS.length] ?? WAYS[0]);
      outcomes.push(await outcomeOf(revoked, "nothing else", CLOSED_MAX_MS));
    }
  }
  const all = outcomes.flatMap(({ latenesses }) => latenesses);
  return sumOf(stage, parts, {
    rounds: [...outcomes.map(() => true), ...bans.map(isMet)],
    violations: [
      ...outcomes.flatMap(({ violations }) => violations),
      ...bans.flatMap(({ violations }) => violations),
      ...tooLate(all, "signed out", LATE_P99_MS * MARGIN[size]),
    ],
    notes: [`${outcomes.length} times signed out, ${bans.length} times banned: ${textOf(all)}`],
  });
}

/** The same while one gateway is stopped or cut off. */
async function outages(stage: Stage): Promise<Sum> {
  const { system, size } = stage;
  const parts = await groundWith(stage);
  const people: Revocable[] = [];
  for (const _ of WAYS) people.push(await Revocable.make(system, system.gateways, parts.g));
  stage.closers.defer(() => people.forEach((person) => person.destroy()));
  const rounds: boolean[] = [];
  const violations: string[] = [];
  const notes: string[] = [];
  // Whoever writes through a gateway that is stopped writes into its kernel, which takes more than may be in flight.
  parts.blast.outsiders = parts.blast.outsiders.slice(0, 1);
  for (const outage of OUTAGES) {
    const all: Lateness[] = [];
    for (let time = 0; time < OUTAGES_EACH[size]; time++) {
      const { round, outcome } = await amid(outage, stage, parts, people);
      rounds.push(isMet(round));
      violations.push(...[...round.violations, ...outcome.violations].map((text) => `${outage.name}: ${text}`));
      all.push(...outcome.latenesses);
    }
    violations.push(...tooLate(all, outage.name, LATE_MAX_MS));
    notes.push(`${outage.name}, ${all.length} devices signed out: ${textOf(all)}`);
  }
  return sumOf(stage, parts, { rounds, violations, notes });
}

/** One outage of the second gateway, in which somebody is banned and everybody is signed out. */
async function amid(
  outage: Outage,
  { system, dice }: Stage,
  parts: Parts,
  people: readonly Revocable[],
): Promise<{ readonly round: Round; readonly outcome: Outcome }> {
  const [, gateway = ""] = system.named("gateway");
  for (const person of people) await person.comeBack();
  await sleep(FOLLOW_MS * (1 + dice.next()));
  const revoked: Revoked[] = [];
  const closing: Promise<Outcome>[] = [];
  const happen = async (ban: () => Promise<Kick>): Promise<Kick> => {
    outage.begin(system, gateway);
    try {
      const beganMs = performance.now();
      await sleep(BEGUN_MS);
      const kick = await ban();
      for (const [i, person] of people.entries()) revoked.push(...(await person.revoke(WAYS[i] ?? WAYS[0])));
      await sleep(Math.max(0, OUTAGE_MS - (performance.now() - beganMs)));
      return kick;
    } finally {
      outage.end(system, gateway);
      closing.push(outcomeOf(revoked, "back again", BACK_MAX_MS));
    }
  };
  const round = await removalRound(parts, { m: "member.ban", amid: happen });
  const outcomes = await Promise.all(closing);
  const outcome = {
    latenesses: outcomes.flatMap(({ latenesses }) => latenesses),
    violations: outcomes.flatMap(({ violations }) => violations),
  };
  return { round, outcome };
}

/** A group of members, of one who is removed on both gateways, and of a witness on each; people speak from now on. */
async function groundWith({ system, dice, closers }: Stage): Promise<Parts> {
  const one = async () => (await somebody(system, 1)).sessions;
  const members: Person[] = [];
  for (let i = 0; i <= SALVO_MESSAGES; i++) members.push(...(await one()));
  const removed = (await somebody(system, system.gateways.length)).sessions;
  const parts = await groundOf({ members, removed, onlookers: await one() }, system.gateways, dice, closers);
  parts.blast.start();
  return parts;
}

/** Ends a part, and adds what its members have seen. */
function sumOf({ say }: Stage, { blast, devices, witnesses }: Parts, part: Omit<Sum, "acknowledged" | "unknown">): Sum {
  blast.stop();
  for (const device of devices) device.stop();
  for (const note of part.notes) say(note);
  const violations = [...part.violations, ...witnesses.flatMap((witness) => witness.violations)];
  return { ...part, violations, acknowledged: blast.acknowledged, unknown: blast.unknown };
}

const isMet = ({ messagesInFlight, deliveriesInFlight }: Round): boolean =>
  messagesInFlight > 0 || deliveriesInFlight > 0;

function tooLate(all: readonly Lateness[], what: string, p99Ms: number): string[] {
  const late = all.map(({ lateMs }) => lateMs);
  return over(`${what}: events committed after the acknowledgement`, late, { p99Ms, maxMs: LATE_MAX_MS });
}

function textOf(all: readonly Lateness[]): string {
  const late = rangeOf(all.map(({ lateMs }) => lateMs));
  const closed = rangeOf(all.map(({ closedMs }) => closedMs));
  return `newest event sent was committed after the acknowledgement by, min / median / p99 / max ms ${late}; closed after it, ms ${closed}`;
}
