import { sleep } from "@guildhall/kernel";
import { makePeople } from "../../clients/people.ts";
import { runningCluster } from "../../processes/cluster.ts";
import { deploy } from "../../processes/deploy.ts";
import type { FaultResult, FaultScenario, Size, Surroundings } from "../scenario.ts";
import { Backup, type Half, lose } from "./backups.ts";
import { isToldOfGap, type Known, newGroup, read, speak } from "./room.ts";
import { sayRestored, startServers, startServices, stopAll } from "./stops.ts";

const ROUNDS: Readonly<Record<Size, number>> = { quick: 1, full: 3 };
const MESSAGES = 20;
/** Until what was answered is in the store, several times over, ms. */
const STORED_MS = 5_000;
const GAP_MAX_MS = 10_000;

/** What is put back, what is lost altogether, and whether the operator has to say so. */
type Way = {
  readonly name: string;
  readonly older: readonly Half[];
  readonly lost: readonly Half[];
  readonly said: boolean;
};
const WAYS: readonly Way[] = [
  { name: "both put back", older: ["nats", "cassandra"], lost: [], said: true },
  { name: "NATS put back", older: ["nats"], lost: [], said: true },
  { name: "NATS lost", older: [], lost: ["nats"], said: false },
];

export const clusterRestore: FaultScenario = {
  name: "cluster-restore",
  about:
    "the servers of a cluster are put back to an older state, both halves and each alone: a new epoch, nothing kept is lost",
  maxS: { quick: 420, full: 1_500 },
  run,
};

async function run(size: Size, { env, say, closers }: Surroundings): Promise<FaultResult> {
  closers.defer(() => deploy("cluster", ["stop"]));
  await startServices(env);
  const { api, operatorKey } = await runningCluster();
  const [person] = await makePeople(api, operatorKey, 1);
  if (person === undefined) throw new Error("nobody");
  const g = await newGroup(person);
  const [violations, notes]: [string[], string[]] = [[], []];
  const talk = (about: string) =>
    speak(
      person,
      g,
      Array.from({ length: MESSAGES }, (_, i) => `${about} ${i}`),
    );
  let acknowledged = 0;
  let runs = 0;
  for (let round = 1; round <= ROUNDS[size]; round++) {
    await talk(`kept ${round}`);
    const copied = await read(person, g);
    await stopAll();
    const backup = await Backup.take(["nats", "cassandra"], closers);
    await startServers();
    await startServices(env);
    for (const { name, older, lost, said } of WAYS) {
      await talk(`${name} ${round}`);
      await sleep(STORED_MS);
      const before = await read(person, g);
      await stopAll();
      for (const half of older) await backup.putBack(half);
      for (const half of lost) await lose(half);
      await startServers();
      if (said) say(await sayRestored(env));
      await startServices(env);
      // Cassandra has what was stored, unless it was put back as well.
      const kept = older.includes("cassandra") ? copied : before;
      const wrong = sameAs(kept, await read(person, g), before.ep);
      if (!(await isToldOfGap(person, g, before.ep, before.head, GAP_MAX_MS))) wrong.push("no gap was told");
      const after = await talk(`after ${name} ${round}`);
      const places = [...after.keys()];
      if (places.some((s, i) => s !== kept.head + 1 + i)) wrong.push(`sends got ${places} after ${kept.head}`);
      violations.push(...wrong.map((what) => `${name}, round ${round}: ${what}`));
      acknowledged += after.size;
      runs++;
      notes.push(`${name}: epoch ${before.ep} ended at ${before.head}, the next goes on after ${kept.head}`);
      say(notes.at(-1) ?? "");
    }
  }
  return { runs, voidRuns: 0, faultsInFlight: runs, acknowledged, unknown: 0, violations, notes };
}

/** What is wrong with a group that must be as `kept`, in a later epoch than `ep`. */
function sameAs(kept: Known, found: Known, ep: number): string[] {
  const wrong: string[] = [];
  if (found.ep <= ep) wrong.push(`epoch ${found.ep} is not above ${ep}`);
  if (found.head !== kept.head) wrong.push(`the head is ${found.head}, not ${kept.head}`);
  for (const [s, text] of kept.texts)
    if (found.texts.get(s) !== text) wrong.push(`seq ${s} is ${found.texts.get(s) ?? "nothing"}, not ${text}`);
  for (const [s, text] of found.texts) if (!kept.texts.has(s)) wrong.push(`${text} is at ${s} and was not kept`);
  return wrong;
}
