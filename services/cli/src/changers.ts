import type { Cause } from "@guildhall/proto";

/** Who could change what refused, as a sentence. */
export function changers({ by }: Pick<Cause, "by">): string {
  const who = [
    ...(by.self ? ["you yourself"] : []),
    ...(by.owner ? ["the owner"] : []),
    ...by.roles,
    ...(by.operator ? ["the operator of this installation"] : []),
  ];
  return who.length === 0 ? "nobody can change that" : `could change that: ${who.join(", ")}`;
}
