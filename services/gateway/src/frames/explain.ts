import { AppError } from "@guildhall/kernel";
import { causeOf, type Refused, refusalToError } from "@guildhall/model";
import {
  type AskFrame,
  askSpec,
  type CommandSpec,
  commandSpec,
  type ExplainArgs,
  type Explained,
  type Explanation,
} from "@guildhall/proto";
import { ERRORS, type ErrorCode } from "@guildhall/proto/tables";
import type { Person, Session } from "../session/session.ts";
import { questionOf } from "./commit.ts";
import type { FrameNeeds } from "./needs.ts";

const BY_NUMBER: ReadonlyMap<number, ErrorCode> = new Map(
  Object.entries(ERRORS).map(([code, { c }]) => [c, code as ErrorCode]),
);

/**
 * `explain`: which fact keeps one from a command or question of a group, or did so, and who could change that. Of a
 * group that one is not in it tells nothing but that.
 * @throws AppError `UNKNOWN_METHOD` for what is about no group; `PERM_STALE`.
 */
export async function explain(
  _session: Session,
  person: Person,
  { g, m, u, c, d }: ExplainArgs,
  _frame: AskFrame,
  { permit }: FrameNeeds,
): Promise<Explained> {
  const spec = groupSpec(m);
  const question = questionOf(person, spec, { g, a: { u } }, 0);
  const explanation = await permit.explain(question);
  const { answer } = explanation;
  if (answer.why === "STALE" || answer.why === "UNKNOWN") throw refusalToError(answer);
  // To join is open to whoever is not in; what else keeps them out, the group says at commit.
  const ok = answer.ok || (spec.outsider === true && answer.why === "NOT_MEMBER");
  const cause =
    c === undefined
      ? ok
        ? undefined
        : explanation.cause
      : causeOf(refused(c, d), question, told(explanation, person.u));
  return { ok, ...(cause === undefined ? {} : { cause }) };
}

function groupSpec(m: string): CommandSpec {
  const spec = commandSpec(m) ?? askSpec(m);
  if (spec?.entity !== "group" || spec.via === "inside") throw new AppError("UNKNOWN_METHOD", "not about a group");
  return spec as CommandSpec;
}

function refused(c: number, d: ExplainArgs["d"]): Refused {
  return { code: BY_NUMBER.get(c) ?? "INTERNAL", ...(d === undefined ? {} : { d: d as NonNullable<Refused["d"]> }) };
}

/** Who is not in a group learns nothing of its roles. */
function told({ group, member, on }: Explanation, u: number): Pick<Explanation, "group" | "member" | "on"> {
  const isIn = group !== null && (member !== null || group.owner === u);
  return isIn ? { group, member, on } : { group: group === null ? null : { ...group, roles: [] }, member, on };
}
