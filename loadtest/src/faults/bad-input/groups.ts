import type { Ground } from "../hostile/ground.ts";
import { type PlainCase, runPlainCase } from "../hostile/plain-case.ts";
import { faultsOf, inLanes, type Said } from "../hostile/said.ts";
import { runSocketCase, type SocketCase } from "../hostile/socket-case.ts";
import { grown, type Metrics, readMetrics } from "../hostile/vitals.ts";
import type { Siege } from "./siege.ts";

/** Cases at a time: enough to overlap, too few to be a load by themselves. */
const LANES = 8;

/** What one case came to. `words` is what the server said, empty for a siege. */
export type Done = {
  readonly id: string;
  readonly words: string;
  readonly faults: readonly string[];
  readonly commits: number;
};

/** Cases that are carried out together and then looked at together. */
export type Group = {
  readonly name: string;
  readonly ids: readonly string[];
  readonly run: (ground: Ground) => Promise<readonly Done[]>;
};

type Named = { readonly id: string; readonly what: string; readonly expect: string; readonly commits?: number };

function groupOf<C extends Named>(
  name: string,
  cases: readonly C[],
  runCase: (one: C, ground: Ground) => Promise<Said>,
): Group {
  return {
    name,
    ids: cases.map(({ id }) => id),
    run: (ground) =>
      inLanes(cases, LANES, async (one): Promise<Done> => {
        try {
          const said = await runCase(one, ground);
          return { id: one.id, words: said.words, faults: faultsOf(one, said), commits: one.commits ?? 0 };
        } catch (error) {
          return { id: one.id, words: "", faults: [`${one.id} ${one.what}: ${textOf(error)}`], commits: 0 };
        }
      }),
  };
}

export const plainGroup = (name: string, cases: readonly PlainCase[]): Group => groupOf(name, cases, runPlainCase);
export const socketGroup = (name: string, cases: readonly SocketCase[]): Group => groupOf(name, cases, runSocketCase);

/** Sieges, `lanes` at a time. */
export function siegeGroup(name: string, sieges: readonly Siege[], lanes: number): Group {
  return {
    name,
    ids: sieges.map(({ id }) => id),
    run: (ground) =>
      inLanes(sieges, lanes, async ({ id, what, commits = 0, run }): Promise<Done> => {
        const faults = await run(ground).catch((error: unknown) => [textOf(error)]);
        return {
          id,
          words: "",
          faults: faults.map((fault) => `${id} ${what}: ${fault}`),
          commits,
        };
      }),
  };
}

/** Carries out a group, and looks at what it committed and what was counted. */
export async function runGroup(group: Group, ground: Ground): Promise<readonly Done[]> {
  const [before, committedBefore] = [await readMetrics(ground), await ground.committed()];
  const done = await group.run(ground);
  const [after, committed] = [await readMetrics(ground), (await ground.committed()) - committedBefore];
  const faults = [...committedFaults(done, committed), ...countedFaults(done, before, after)];
  return [...done, { id: "", words: "", commits: 0, faults: faults.map((fault) => `${group.name}: ${fault}`) }];
}

function committedFaults(done: readonly Done[], committed: number): string[] {
  const stated = Math.round(done.reduce((sum, { commits }) => sum + commits, 0));
  return committed === stated ? [] : [`${committed} commands were committed instead of ${stated}`];
}

/** Every frame that cannot be read counts as a violation, once. */
function countedFaults(done: readonly Done[], before: Metrics, after: Metrics): string[] {
  const counted = grown(before, after, 'guildhall_gateway_protocol_violations_total{reason="bad_frame"}');
  const told = done.flatMap(({ words }) => words.split(", ")).filter((word) => word === "ERR BAD_FRAME").length;
  return counted === told ? [] : [`${counted} unreadable frames were counted instead of ${told}`];
}

export const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
