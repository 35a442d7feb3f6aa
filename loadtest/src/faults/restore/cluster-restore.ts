import { sleep } from "@guildhall/kernel";
import type { Committed } from "@guildhall/proto";
import { deploy } from "../../processes/deploy.ts";
import type { FaultResult, FaultScenario, Size, Surroundings } from "../scenario.ts";
import { Backup, type Half, lose } from "./backups.ts";
import { Crowd } from "./crowd.ts";
import type { Known, Said } from "./said.ts";
import { wrongIn } from "./said.ts";
import { sayRestored, startServers, startServices, stopAll } from "./stops.ts";

const ROUNDS: Readonly<Record<Size, number>> = { quick: 1, full: 3 };
const SPEAK_MS = 3_000;
/** Until what was answered is in the store, several times over, ms. */
const STORED_MS = 5_000;
/** From the start of the services to an answer in every group. */
const GO_ON_MAX_MS = 20_000;
/** Nonces of each life that are repeated. */
const REPEATED = 20;

/** What is put back, what is lost altogether, and whether the operator has to say so. */
type Way = {
  readonly name: string;
  readonly older: readonly Half[];
  readonly lost: readonly Half[];
  readonly said: boolean;
};
const BOTH: Way = { name: "both put back", older: ["nats", "cassandra"], lost: [], said: true };
const WAYS: Readonly<Record<Size, readonly Way[]>> = {
  quick: [BOTH],
  full: [
    BOTH,
    { name: "NATS put back", older: ["nats"], lost: [], said: true },
    { name: "NATS lost", older: [], lost: ["nats"], said: false },
  ],
};

/** What a way back came to. */
type Outcome = { readonly met: boolean; readonly wrong: readonly string[]; readonly note: string };

export const clusterRestore: FaultScenario = {
  name: "cluster-restore",
  about: "the servers of a cluster are put back to an older state: a new epoch, a gap for all, nothing kept is lost",
  maxS: { quick: 300, full: 1_800 },
  run,
};

async function run(size: Size, { env, say, closers }: Surroundings): Promise<FaultResult> {
  closers.defer(() => deploy("cluster", ["stop"]));
  await startServices(env);
  const crowd = await Crowd.make();
  closers.defer(() => crowd.leave());
  const restores = new Restores(env, crowd);
  const [violations, notes]: [string[], string[]] = [[], []];
  let [runs, voidRuns] = [0, 0];
  for (let round = 1; round <= ROUNDS[size]; round++) {
    const copy = await restores.backedUp(() => Backup.take(["nats", "cassandra"], closers));
    for (const way of WAYS[size]) {
      const { met, wrong, note } = await restores.goBack(way, copy);
      runs++;
      if (!met) voidRuns++;
      violations.push(...wrong.map((what) => `${way.name}, round ${round}: ${what}`));
      notes.push(`${way.name}: ${note}`);
      say(notes.at(-1) ?? "");
    }
  }
  const { acknowledged, unknown } = restores;
  return { runs, voidRuns, faultsInFlight: runs - voidRuns, acknowledged, unknown, violations, notes };
}

/** A copy of the servers' data, and what was said until then. */
type Copy = { readonly backup: Backup; readonly said: readonly Said[] };

/** A cluster that is put back again and again, with a crowd that speaks in between. */
class Restores {
  readonly #env: NodeJS.ProcessEnv;
  readonly #crowd: Crowd;
  /** All that must be there now, and what nobody knows of. */
  #said: readonly Said[] = [];
  acknowledged = 0;
  unknown = 0;

  constructor(env: NodeJS.ProcessEnv, crowd: Crowd) {
    this.#env = env;
    this.#crowd = crowd;
  }

  /** The crowd is cut off as it speaks; what was answered until then is in the copy. */
  async backedUp(take: () => Promise<Backup>): Promise<Copy> {
    await this.#crowd.come();
    await this.#crowd.speak(SPEAK_MS);
    await this.#stopped();
    const backup = await take();
    await startServers();
    await startServices(this.#env);
    return { backup, said: this.#said };
  }

  /** The crowd speaks on, all is put back, and the crowd comes again with cursors that lie ahead. */
  async goBack({ older, lost, said, name }: Way, { backup, said: copied }: Copy): Promise<Outcome> {
    const crowd = this.#crowd;
    await crowd.come();
    await crowd.speak(SPEAK_MS);
    if (!older.includes("cassandra")) {
      await crowd.hush();
      await sleep(STORED_MS);
    }
    const gone = await this.#stopped();
    const kept = older.includes("cassandra") ? copied : this.#said;
    for (const half of older) await backup.putBack(half);
    for (const half of lost) await lose(half);
    await startServers();
    if (said) await sayRestored(this.#env);
    await startServices(this.#env);

    const startedMs = performance.now();
    const before = await crowd.readAll();
    const ahead = aheadOf(crowd, before);
    const wrong = notLater(crowd, before);
    await crowd.come();
    wrong.push(...(await crowd.notToldOfGap()));
    await crowd.speak(0);
    await crowd.answered();
    const answeredMs = Math.round(performance.now() - startedMs);
    if (answeredMs > GO_ON_MAX_MS) wrong.push(`every group was answered only after ${answeredMs} ms`);
    await sleep(SPEAK_MS);
    await crowd.hush();
    wrong.push(...before.flatMap((one) => wrongIn(one, kept)));
    const known = new Set(kept);
    const again = gone.filter((one) => !known.has(one) && one.s !== undefined).slice(-REPEATED);
    const repeated = again.map(({ who, g, n, text }): Said => ({ who, g, n, text }));
    wrong.push(...(await this.#repeats(kept, repeated, before)));
    this.#said = [...kept, ...repeated, ...crowd.said];
    this.#counts(crowd.said);
    const after = await crowd.readAll();
    wrong.push(...after.flatMap((one) => wrongIn(one, this.#said)), ...crowd.heardElse(after));
    wrong.push(...sameEpochs(before, after));
    crowd.leave();
    const met = ahead > 0 || !older.includes("cassandra");
    const note = `${ahead} cursors lay ahead, ${gone.length} messages were said after the copy, ${repeated.length} of them again; all groups answered ${answeredMs} ms after the start`;
    if (name === BOTH.name && repeated.length === 0) wrong.push("nothing that was lost was said again");
    return { met, wrong, note };
  }

  /** Stops everything, and gives what the crowd said on this visit. */
  async #stopped(): Promise<Said[]> {
    await stopAll();
    const all = this.#crowd.said;
    this.#said = [...this.#said, ...all];
    this.#counts(all);
    this.#crowd.leave();
    return all;
  }

  #counts(said: readonly Said[]): void {
    const answered = said.filter(({ s }) => s !== undefined).length;
    this.acknowledged += answered;
    this.unknown += said.length - answered;
  }

  /** What was kept has its first answer; what was lost is carried out once, behind all that was kept. */
  async #repeats(kept: readonly Said[], lost: readonly Said[], before: readonly Known[]): Promise<string[]> {
    const wrong: string[] = [];
    for (const one of kept.filter(({ s }) => s !== undefined).slice(-REPEATED)) {
      const { s, dup } = await this.#repeat(one);
      if (s !== one.s || dup !== 1) wrong.push(`a repeat of ${one.text} at ${one.s} was answered ${s}, dup ${dup}`);
    }
    for (const one of lost) {
      const head = before.find(({ g }) => g === one.g)?.head ?? 0;
      const first = await this.#repeat(one);
      if (first.dup === 1 || first.s <= head) wrong.push(`${one.text}, which was lost, was answered with ${first.s}`);
      const second = await this.#repeat(one);
      if (second.s !== first.s || second.dup !== 1) wrong.push(`${one.text} was answered ${first.s}, then ${second.s}`);
      one.s = first.s;
    }
    return wrong;
  }

  /** By whoever said it: a nonce is its author's. */
  #repeat(one: Said): Promise<Committed> {
    const author = this.#crowd.visitors[one.who];
    if (author === undefined) throw new Error("nobody");
    return author.repeat(one);
  }
}

/** Cursors that lie ahead of what is there now, or in another life of it. */
function aheadOf(crowd: Crowd, all: readonly Known[]): number {
  const heads = new Map(all.map(({ g, head }) => [g, head]));
  return crowd.cursors.flat().filter(({ g, s }) => s > (heads.get(g) ?? 0)).length;
}

/** Each group is in a later epoch than its cursors. */
function notLater(crowd: Crowd, all: readonly Known[]): string[] {
  return all.flatMap(({ g, ep }) => {
    const newest = Math.max(...crowd.cursors.flat().map((cursor) => (cursor.g === g ? cursor.ep : 0)));
    return ep > newest ? [] : [`epoch ${ep} of ${g} is not above ${newest}`];
  });
}

function sameEpochs(before: readonly Known[], after: readonly Known[]): string[] {
  return after.flatMap(({ g, ep }, i) => (before[i]?.ep === ep ? [] : [`the epoch of ${g} changed once more`]));
}
