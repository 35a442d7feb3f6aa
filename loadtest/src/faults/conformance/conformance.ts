import { type Ground, startGround } from "../hostile/ground.ts";
import { faultsOf, inLanes } from "../hostile/said.ts";
import { runSocketCase, type SocketCase } from "../hostile/socket-case.ts";
import type { FaultResult, FaultScenario, Size, Surroundings } from "../scenario.ts";
import { CLOSE_CASES } from "./close-cases.ts";
import { FRAMING_CASES } from "./framing-cases.ts";
import { tryOthers } from "./interop.ts";
import { UTF8_CASES } from "./utf8-cases.ts";

/** Connections at a time. */
const LANES = 24;
/** How often every case is carried out. */
const ROUNDS: Readonly<Record<Size, number>> = { quick: 1, full: 5 };

export const WSCONF_CASES: readonly SocketCase[] = [...FRAMING_CASES, ...UTF8_CASES, ...CLOSE_CASES];

async function run(size: Size, { env, closers, say }: Surroundings): Promise<FaultResult> {
  const ground = await startGround(closers, env);
  const others = tryOthers(ground, closers, env);
  const startedMs = performance.now();
  const violations: string[] = [];
  for (let round = 0; round < ROUNDS[size]; round++) {
    const faults = await inLanes(WSCONF_CASES, LANES, (one) => carryOut(one, ground));
    violations.push(...faults.flat());
    say(`conformance: round ${round + 1}, ${faults.flat().length} faults`);
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  const { asked, faults, notes } = await others;
  return {
    runs: WSCONF_CASES.length * ROUNDS[size] + asked.length,
    voidRuns: 0,
    faultsInFlight: 0,
    acknowledged: 0,
    unknown: 0,
    violations: [...violations, ...faults],
    notes: [
      `${WSCONF_CASES.length} cases, ${ROUNDS[size]} time(s), ${LANES} at a time, in ${seconds.toFixed(1)} s`,
      `spoke with ${asked.join("; ")}`,
      ...notes,
    ],
  };
}

async function carryOut(one: SocketCase, ground: Ground): Promise<string[]> {
  try {
    return faultsOf(one, await runSocketCase(one, ground));
  } catch (error) {
    return [`${one.id} ${one.what}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** What the WebSocket library and our wall round it do with every kind of frame, and with clients of other makes. */
export const conformance: FaultScenario = {
  name: "conformance",
  about: "frames of every kind, good and bad, and clients of other makes: each gets the answer that is stated",
  maxS: { quick: 60, full: 180 },
  run,
};
