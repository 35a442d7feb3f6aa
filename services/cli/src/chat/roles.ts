import type { Group } from "@guildhall/client";
import type { RoleBits, RoleView } from "@guildhall/proto";
import { BITS, type Bit } from "@guildhall/proto/tables";
import { Failure } from "../command.ts";

const NAMES = Object.keys(BITS) as Bit[];

/** Bits by their names, with commas between; case does not matter. @throws Failure for a name that is none. */
export function bitsOf(text: string): RoleBits {
  let bits: RoleBits = [0, 0];
  for (const name of text.split(",")) bits = withBit(bits, name, true);
  return bits;
}

/** `+BIT,-BIT,…` applied to the role as it is. Refused if it was changed meanwhile. */
export async function editRole(group: Group, id: number, changes: string): Promise<void> {
  const ifV = group.state?.pv;
  const role = await findRole(group, String(id));
  let p = role.p;
  for (const change of changes.split(",")) {
    const sign = change.trim().at(0);
    if (sign !== "+" && sign !== "-") throw new Failure(`+ or - stands before each permission, not ${change}`);
    p = withBit(p, change.trim().slice(1), sign === "+");
  }
  await group.editRole(id, { p }, ifV === undefined ? {} : { ifV });
}

/** A role by its name or id. @throws Failure when there is none. */
export async function findRole(group: Group, word: string): Promise<RoleView> {
  const wanted = word.toLowerCase();
  const roles = await group.roles();
  const role = roles.find(({ id, name }) => name.toLowerCase() === wanted || String(id) === wanted);
  if (role !== undefined) return role;
  throw new Failure(`there is no role ${word}; there are ${roles.map(({ id, name }) => `${name} (${id})`).join(", ")}`);
}

export async function listRoles(group: Group, print: (line: string) => void): Promise<void> {
  const roles = [...(await group.roles())].sort((a, b) => b.rank - a.rank);
  for (const { id, name, rank, p } of roles)
    print(`${id}  ${name}, rank ${rank}: ${namesOf(p).join(", ") || "nothing"}`);
}

function namesOf(bits: RoleBits): Bit[] {
  return NAMES.filter((name) => (bits[laneOf(name)] & maskOf(name)) !== 0);
}

function withBit(bits: RoleBits, text: string, on: boolean): RoleBits {
  const name = text.trim().toUpperCase() as Bit;
  if (!Object.hasOwn(BITS, name)) throw new Failure(`there is no permission ${text}; there are ${NAMES.join(", ")}`);
  const lane = laneOf(name);
  const changed = (on ? bits[lane] | maskOf(name) : bits[lane] & ~maskOf(name)) >>> 0;
  return lane === 0 ? [changed, bits[1]] : [bits[0], changed];
}

function laneOf(name: Bit): 0 | 1 {
  return BITS[name].bit < 32 ? 0 : 1;
}

function maskOf(name: Bit): number {
  return (1 << (BITS[name].bit % 32)) >>> 0;
}
