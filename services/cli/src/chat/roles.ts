import type { Group } from "@guildhall/client";
import { BIT_NAMES, bitNames, type Mask, maskOf, union, without } from "@guildhall/model";
import type { RoleBits, RoleView } from "@guildhall/proto";
import { BITS, type Bit } from "@guildhall/proto/tables";
import { Failure } from "../command.ts";

/** Bits by their names, with commas between; case does not matter. @throws Failure for a name that is none. */
export function bitsOf(text: string): RoleBits {
  return laneBits(maskOf(text.split(",").map(bitOf)));
}

/** `+BIT,-BIT,…` applied to the role as it is. Refused if it was changed meanwhile. */
export async function editRole(group: Group, id: number, changes: string): Promise<void> {
  const ifV = group.state?.pv;
  const role = await findRole(group, String(id));
  let mask: Mask = { lo: role.p[0], hi: role.p[1] };
  for (const change of changes.split(",")) {
    const sign = change.trim().at(0);
    if (sign !== "+" && sign !== "-") throw new Failure(`+ or - stands before each permission, not ${change}`);
    const bit = maskOf([bitOf(change.trim().slice(1))]);
    mask = sign === "+" ? union(mask, bit) : without(mask, bit);
  }
  await group.editRole(id, { p: laneBits(mask) }, ifV === undefined ? {} : { ifV });
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
  for (const { id, name, rank, p } of roles) {
    const [lo, hi] = p;
    print(`${id}  ${name}, rank ${rank}: ${bitNames({ lo, hi }).join(", ") || "nothing"}`);
  }
}

function laneBits({ lo, hi }: Mask): RoleBits {
  return [lo, hi];
}

function bitOf(text: string): Bit {
  const name = text.trim().toUpperCase() as Bit;
  if (!Object.hasOwn(BITS, name))
    throw new Failure(`there is no permission ${text}; there are ${BIT_NAMES.join(", ")}`);
  return name;
}
