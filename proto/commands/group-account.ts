import Type from "typebox";
import type { Operator } from "../permission/index.ts";
import { closed, Id, TimeMs, text } from "../primitives.ts";
import { GRADES } from "../tables/grades.ts";
import { LIMITS } from "../tables/limits.ts";

export const AccountName = text(LIMITS.accountNameMaxCodePoints, 1);
export const grade = Type.Union(GRADES.map((name) => Type.Literal(name)));
const operators = Type.Array(Type.Tuple([Id, grade]), { maxItems: LIMITS.operatorsPerAccountMax });

/** What a group knows of the account that owns it, as of `at`, ms: the newest holds. */
export const GroupAccount = Type.Object({ a: Id, name: AccountName, at: TimeMs, op: operators }, closed);
export type GroupAccount = {
  readonly a: number;
  readonly name: string;
  readonly at: number;
  readonly op: readonly Operator[];
};
