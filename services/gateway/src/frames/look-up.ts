import { AppError, partitionOf } from "@guildhall/kernel";
import { claimId } from "@guildhall/owner";
import type {
  AskFrame,
  ClaimKey,
  ClaimView,
  GroupFindArgs,
  GroupView,
  PeopleGet,
  PeopleGetArgs,
  PersonFindArgs,
  PersonView,
} from "@guildhall/proto";
import { GROUP_STATES } from "@guildhall/proto/tables";
import type { Person, Session } from "../session/session.ts";
import type { FrameNeeds } from "./needs.ts";

/** `group.find`: a group by its number. @throws AppError `NOT_FOUND`, also for one whose state hides it. */
export async function findGroup(
  _session: Session,
  { u }: Person,
  { number }: GroupFindArgs,
  _frame: AskFrame,
  { owner }: FrameNeeds,
): Promise<GroupView> {
  const g = await holderOf({ kind: "group", name: String(number) }, u, owner);
  const view = (await owner.ask(g, u, "group.get", { g })) as GroupView;
  if (!GROUP_STATES[view.state].found) throw new AppError("NOT_FOUND", "not found by number");
  return view;
}

/** `person.find`: a person by user name. @throws AppError `NOT_FOUND`. */
export async function findPerson(
  _session: Session,
  { u }: Person,
  { name }: PersonFindArgs,
  _frame: AskFrame,
  { owner }: FrameNeeds,
): Promise<PersonView> {
  const found = await holderOf({ kind: "user", name }, u, owner);
  const { people } = (await owner.ask(found, u, "people.get", { u: [found] })) as PeopleGet;
  const [person] = people;
  // A name is claimed before its person is there.
  if (person === undefined) throw new AppError("NOT_FOUND", "name without a person");
  return person;
}

/** `people.get`: each owner is asked for its own people; they come in the order asked, unknown ones left out. */
export async function getPeople(
  _session: Session,
  { u }: Person,
  args: PeopleGetArgs,
  _frame: AskFrame,
  { owner, config }: FrameNeeds,
): Promise<PeopleGet> {
  const asked = [...new Set(args.u)];
  const byPartition = new Map<number, [number, ...number[]]>();
  for (const id of asked) {
    const p = partitionOf(id, config.partitions);
    const ids = byPartition.get(p);
    if (ids === undefined) byPartition.set(p, [id]);
    else ids.push(id);
  }
  const parts = await Promise.all(
    [...byPartition.values()].map(async (ids) => (await owner.ask(ids[0], u, "people.get", { u: ids })) as PeopleGet),
  );
  const views = new Map(parts.flatMap(({ people }) => people).map((view) => [view.u, view]));
  return { people: asked.map((id) => views.get(id)).filter((view) => view !== undefined) };
}

/** The entity that holds a unique name. @throws AppError `NOT_FOUND`. */
async function holderOf(claim: ClaimKey, u: number, owner: FrameNeeds["owner"]): Promise<number> {
  const { by } = (await owner.ask(claimId(claim.kind, claim.name), u, "claim.get", claim)) as ClaimView;
  if (by === 0) throw new AppError("NOT_FOUND", "nobody has that name");
  return by;
}
