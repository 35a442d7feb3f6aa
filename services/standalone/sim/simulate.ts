import { Accidents, type Scene } from "./accidents.ts";
import { Checks } from "./checks/checks.ts";
import type { Situation } from "./checks/situations.ts";
import { Ending } from "./ending.ts";
import { SimBus } from "./world/bus.ts";
import { SimClient } from "./world/client.ts";
import { takeOverGlobals } from "./world/globals.ts";
import { SimJournal } from "./world/journal.ts";
import { Machine } from "./world/machine.ts";
import { SimNetwork } from "./world/network.ts";
import { GROUP, PEOPLE, settle } from "./world/people.ts";
import { profileOf } from "./world/profile.ts";
import { SimStore } from "./world/store.ts";
import { World } from "./world/world.ts";

const READY_EVERY_MS = 50;

/** What one seed came to. */
export type Simulated = {
  readonly seed: number;
  /** Of everything that happened, in order: the same seed gives the same. */
  readonly hash: string;
  readonly events: number;
  readonly virtualMs: number;
  readonly violations: readonly string[];
  readonly situations: readonly Situation[];
  readonly counts: Checks["counts"];
};

const immediate = setImmediate;

/** Runs one seed from an empty machine to the last look at what is left. One at a time in a process. */
export async function simulate(seed: number, tell?: (line: string) => void): Promise<Simulated> {
  const world = new World(seed);
  const checks = new Checks(world, GROUP, tell);
  const giveBack = takeOverGlobals(world);
  const failed = (error: unknown) =>
    checks.violate(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.on("unhandledRejection", failed);
  try {
    world.later(world.outside, 0, () => void play(world, checks).catch(failed));
    await world.run((run) => immediate(run));
  } catch (error) {
    failed(error);
  } finally {
    process.off("unhandledRejection", failed);
    giveBack();
  }
  const { hash, events, nowMs } = world;
  const { violations, situations, counts } = checks;
  return { seed, hash, events, virtualMs: Math.round(nowMs), violations, situations: [...situations], counts };
}

async function play(world: World, checks: Checks): Promise<void> {
  const profile = profileOf(world.random);
  const journal = new SimJournal(world, checks);
  const store = new SimStore(world, checks);
  const bus = new SimBus(world, checks);
  const network = new SimNetwork(world, checks);
  const machine = new Machine({ world, checks, journal, store, bus, network });
  machine.startEdges();
  machine.startOwner();
  while (!machine.ready) await world.after(world.outside, READY_EVERY_MS);
  await settle(world, bus.of(world.outside));
  const clients: SimClient[] = [];
  const scene: Scene = { world, checks, journal, store, bus, network, machine, clients };
  for (const u of PEOPLE) clients.push(await SimClient.start(u, 0, scene));
  for (const client of clients) world.later(client.host, 0, () => client.follow());
  while (!clients.every(({ subscribed }) => subscribed)) await world.after(world.outside, READY_EVERY_MS);
  for (const port of [journal, store, bus]) port.suffer(profile);
  for (const client of clients) client.begin();
  const accidents = new Accidents(scene, profile);
  await world.after(world.outside, profile.healMs);
  await new Ending(scene).run(accidents);
}
