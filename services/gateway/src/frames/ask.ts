import { AppError } from "@guildhall/kernel";
import { refusalToError } from "@guildhall/model";
import { type AskFrame, type AskSpec, askSpec, type GroupsList, isAhead } from "@guildhall/proto";
import type { Person, Session } from "../session/session.ts";
import { adoptGroup } from "./account-groups.ts";
import { checkAt } from "./check-at.ts";
import { createAccount } from "./create-account.ts";
import { createGroup } from "./create-group.ts";
import { eachGroup } from "./each-group.ts";
import { explain } from "./explain.ts";
import { findGroup, findPerson, getPeople } from "./look-up.ts";
import type { FrameNeeds } from "./needs.ts";
import { countPresent } from "./presence-count.ts";

type Own = (session: Session, person: Person, args: never, frame: AskFrame, needs: FrameNeeds) => Promise<unknown>;

/** Questions that take more than one owner, or none. */
const OWN: ReadonlyMap<string, Own> = new Map<string, Own>([
  ["group.create", createGroup],
  ["account.create", createAccount],
  ["account.adopt", adoptGroup],
  ["account.each", eachGroup],
  ["explain", explain],
  ["group.find", findGroup],
  ["person.find", findPerson],
  ["people.get", getPeople],
  ["presence.count", countPresent],
]);

/**
 * `ask`: a question outside any sequence.
 * @throws AppError `UNKNOWN_METHOD`, `BAD_ARGS`, the refusal, and what the owner refuses with.
 */
export async function ask(session: Session, person: Person, frame: AskFrame, needs: FrameNeeds): Promise<unknown> {
  const spec = askSpec(frame.m);
  const own = OWN.get(frame.m);
  if (spec === undefined || spec.via === "inside" || (spec.via === "own" && own === undefined)) {
    throw new AppError("UNKNOWN_METHOD", "not for clients");
  }
  const args = checkAt<never>("/a", spec.args, frame.a);
  if (own !== undefined) return own(session, person, args, frame, needs);
  const entity = await entityOf(spec, person, args, needs);
  const answer = await needs.owner.ask(entity, person.u, frame.m, args);
  return frame.m === "groups.list" ? withCursors(answer as GroupsList, person.u, needs) : answer;
}

/** Laid over with the cursors that are not stored yet. Without presence the stored ones stand. */
async function withCursors(list: GroupsList, u: number, { presence, log }: FrameNeeds): Promise<GroupsList> {
  const ids = list.groups.map(({ g }) => g);
  const newer = await presence.cursors(u, ids).catch((error: unknown) => {
    log.error("presence_failed", error);
    return [];
  });
  const groups = list.groups.map((row, i) => {
    const read = newer[i];
    const stands = read === undefined || (row.read !== undefined && !isAhead(read, row.read));
    return stands ? row : { ...row, read };
  });
  return { ...list, groups };
}

/** Who answers: the group that is named, where the person may ask it, an account, or the person's own entity. */
async function entityOf(spec: AskSpec, { u, auth }: Person, args: unknown, { permit }: FrameNeeds): Promise<number> {
  if (spec.entity === "account") return (args as { readonly a: number }).a;
  if (spec.entity !== "group") return u;
  const { g } = args as { readonly g: number };
  if (spec.outsider === true) return g;
  const need = spec.bit === undefined ? [] : [spec.bit];
  const answer = await permit.check({ g, u, need, auth, minV: 0 });
  if (!answer.ok) throw refusalToError(answer);
  return g;
}
