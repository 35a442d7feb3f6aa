import { makePeople, operatorKey } from "../../clients/people.ts";
import { forEach } from "../../driver/crowd.ts";
import type { Person } from "../../driver/messages.ts";
import { type Child, runSource } from "../../processes/child.ts";
import { type OwnGuildhall, startGuildhall } from "../../processes/servers.ts";
import { Peer, textIn } from "../peer.ts";
import type { Surroundings } from "../scenario.ts";
import { COMING, Customers, STAYING } from "./customers.ts";
import { ATTACKERS, SETTINGS } from "./plan.ts";
import { fromAddress } from "./socket.ts";

const SERVER_CORE = 0;
const ATTACKERS_CORE = 1;
/** A network of addresses that no attack takes. */
const SET_UP_NET = 250;
/** Well below the heartbeat. */
const PING_EVERY_MS = 2_000;

export type Scene = {
  readonly server: OwnGuildhall;
  readonly customers: Customers;
  readonly attackers: Child;
  /** Who attacks, all members of one group, and how many messages of each have been committed there. */
  readonly people: readonly Person[];
  readonly g: number;
  readonly committed: Map<number, number>;
};

/** A server with its limits, customers, and people who have joined a group to flood it. */
export async function setUp({ closers, env }: Surroundings): Promise<Scene> {
  const server = await startGuildhall(closers, SERVER_CORE, env, SETTINGS);
  const attackers = closers.use(
    runSource("loadtest/src/faults/greedy/entry.ts", { core: ATTACKERS_CORE, env, ipc: true }),
  );
  const key = await operatorKey(server.api, undefined, server.operatorCode);
  const people = await makePeople(server.api, key, ATTACKERS);
  const [owner, ...others] = await makePeople(server.api, key, 1 + STAYING + COMING);
  if (owner === undefined) throw new Error("nobody");

  const committed = new Map<number, number>();
  const watcher = await Peer.dial(server.url, {
    event: (event) => {
      if (textIn(event) !== undefined) committed.set(event.u, (committed.get(event.u) ?? 0) + 1);
    },
  });
  closers.defer(() => watcher.socket.destroy());
  await watcher.greet(owner);
  const pings = setInterval(() => watcher.member.ping(), PING_EVERY_MS);
  closers.defer(() => clearInterval(pings));
  const g = await watcher.createGroup("Greedy");
  await forEach(people.length, async (i) => {
    const person = people[i];
    if (person === undefined) return;
    const peer = await Peer.dial(server.url, {}, [fromAddress(SET_UP_NET, i)]);
    await peer.greet(person);
    await peer.command(g, "member.join", {});
    peer.socket.destroy();
  });
  await watcher.follow(g);
  const customers = await Customers.make(server.url, others);
  closers.defer(() => customers.close());
  return { server, customers, attackers, people, g, committed };
}
