import { makeNonce } from "@guildhall/kernel";
import { CLIENT_FRAME, type SubResult } from "@guildhall/proto";
import { makePeople, operatorKey } from "../clients/people.ts";
import { forEach, type Notes } from "../driver/crowd.ts";
import type { Person } from "../driver/messages.ts";
import type { GuildhallServer } from "../processes/servers.ts";
import type { Surroundings } from "../scenarios/surroundings.ts";
import { addressOf } from "./address.ts";
import { Visitor } from "./visitor.ts";

/** A person and the groups they are in. */
export type Citizen = { readonly person: Person; readonly groups: readonly number[] };

export type TownPlan = { readonly groups: number; readonly membersEach: number };

/** Makes people, each in one group, and leaves nobody connected. In the order of the groups. */
export async function makeTown(
  plan: TownPlan,
  server: GuildhallServer,
  { operatorKey: given, say }: Surroundings,
  notes: Notes,
): Promise<Citizen[]> {
  const key = await operatorKey(server.api, given, server.operatorCode);
  const count = plan.groups * plan.membersEach;
  say(`adding ${count} people`);
  const people = await makePeople(server.api, key, count);
  say(`they make ${plan.groups} groups of ${plan.membersEach}`);
  const groups: number[] = [];
  await forEach(plan.groups, async (number) => {
    groups[number] = await visit(people, number * plan.membersEach, server, notes, createGroup);
  });
  const citizens = people.map((person, i) => ({ person, groups: [groups[Math.floor(i / plan.membersEach)] ?? 0] }));
  await forEach(count, async (i) => {
    if (i % plan.membersEach === 0) return;
    await visit(people, i, server, notes, (visitor) => join(visitor, citizenAt(citizens, i).groups[0] ?? 0));
  });
  return citizens;
}

/** The citizen at a place. @throws RangeError where there is none. */
export function citizenAt(citizens: readonly Citizen[], i: number): Citizen {
  const citizen = citizens[i];
  if (citizen === undefined) throw new RangeError(`there is no citizen ${i}`);
  return citizen;
}

/** Follows the groups, and notes where each stands. @throws Error for a group that was refused. */
export async function subscribe(visitor: Visitor, groups: readonly number[]): Promise<void> {
  const rows = (await visitor.ask((i) => ({ t: CLIENT_FRAME.sub, i, g: [...groups], mode: 1 }))) as SubResult;
  for (const row of rows) {
    if (!("s" in row)) throw new Error(`not subscribed: ${JSON.stringify(row)}`);
    const known = visitor.stands.get(row.g);
    if (known === undefined || known.s < row.s) visitor.stands.set(row.g, { ep: row.ep, s: row.s });
  }
}

async function visit<T>(
  people: readonly Person[],
  i: number,
  { url }: GuildhallServer,
  notes: Notes,
  work: (visitor: Visitor) => Promise<T>,
): Promise<T> {
  const person = people[i];
  if (person === undefined) throw new RangeError(`there is no person ${i}`);
  const visitor = new Visitor(person, { url, notes, from: addressOf(i) });
  await visitor.connect();
  await visitor.hello();
  const done = await work(visitor);
  visitor.drop();
  return done;
}

async function createGroup(visitor: Visitor): Promise<number> {
  const n = makeNonce(Date.now());
  const a = { name: "Load test", category: "support" };
  const made = await visitor.ask((i) => ({ t: CLIENT_FRAME.ask, i, n, m: "group.create", a }));
  return (made as { g: number }).g;
}

async function join(visitor: Visitor, g: number): Promise<void> {
  const n = makeNonce(Date.now());
  await visitor.ask((i) => ({ t: CLIENT_FRAME.cmd, i, g, n, m: "member.join", a: {} }));
}
