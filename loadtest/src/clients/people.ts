import { addPeople, claimOperator } from "@guildhall/client";
import type { Person } from "../driver/messages.ts";

/** How many people one request adds at most. */
const BATCH_MAX = 100;

/** The operator key: the one given, or the one that a new installation's code is worth. */
export async function operatorKey(api: string, given: string | undefined, code: string): Promise<string> {
  return given ?? (await claimOperator(api, code)).key;
}

/** Adds `count` people without passwords, under names nobody has. @throws GuildhallError as `addPeople`. */
export async function makePeople(api: string, key: string, count: number): Promise<Person[]> {
  const run = crypto.randomUUID().replaceAll("-", "").slice(0, 12);
  const people: Person[] = [];
  while (people.length < count) {
    const names = Array.from(
      { length: Math.min(BATCH_MAX, count - people.length) },
      (_, i) => `load_${run}_${people.length + i}`,
    );
    const made = await addPeople(api, key, names);
    for (const one of made) {
      if (!("access" in one)) throw new Error(`${one.name} was not added: ${one.code}`);
      people.push({ u: one.u, access: one.access, dev: one.dev });
    }
  }
  return people;
}
