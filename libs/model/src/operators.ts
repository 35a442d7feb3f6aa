import type { GroupFacts } from "@guildhall/proto";
import type { Grade } from "@guildhall/proto/tables";
import { type Mask, NONE } from "./bits.ts";
import { OWNER_RANK, SEED_ROLES } from "./roles.ts";

/** The role template whose permissions and rank a grade has; `main` has all, `staff` nothing of its own. */
export const GRADE_ROLES = {
  admin: 2,
  moderator: 4,
  events: 5,
  recruitment: 6,
} as const satisfies Partial<Record<Grade, number>>;

type Office = Mask & { readonly rank: number };

const NOTHING: Office = { ...NONE, rank: 0 };

/** As templates are, whatever a group has made of the roles it got from them. */
const OFFICES: ReadonlyMap<Grade, Office> = new Map(
  Object.entries(GRADE_ROLES).map(([grade, id]) => [
    grade as Grade,
    SEED_ROLES.find((role) => role.id === id) ?? NOTHING,
  ]),
);

/** What somebody is in the account that owns the group; nothing where a person owns it. */
export function gradeOf({ operators }: Pick<GroupFacts, "operators">, u: number): Grade | undefined {
  return operators?.find(([one]) => one === u)?.[1];
}

/** Who has everything in the group: the person who owns it, or the main operators of the account that does. */
export function isOwner(group: Pick<GroupFacts, "owner" | "operators">, u: number): boolean {
  return group.owner === u || gradeOf(group, u) === "main";
}

/** What a grade below `main` gives besides the roles that somebody has in the group. */
export function officeOf(grade: Grade | undefined): Office {
  return (grade === undefined ? undefined : OFFICES.get(grade)) ?? NOTHING;
}

/** The rank that protects an operator, also one who is no member now. */
export function rankOfGrade(grade: Grade | undefined): number {
  return grade === "main" ? OWNER_RANK : officeOf(grade).rank;
}
