import { Failure } from "../command.ts";
import type { Room } from "./slash.ts";

/** Who may recover the group, and the case that is open. */
export async function recovery({ group, names, print }: Room): Promise<void> {
  const { guardians, next, open } = await group.recovery.get();
  const people = [...guardians.u, ...(next?.u ?? []), ...(open === null ? [] : [open.to, open.by, ...open.approvals])];
  await names.know(people);
  const listed = (u: readonly number[]) => (u.length === 0 ? "nobody" : u.map((one) => names.of(one)).join(", "));
  print(`guardians: ${listed(guardians.u)}${guardians.u.length === 0 ? "" : `; ${guardians.need} are needed`}`);
  if (next !== null)
    print(`from ${time(next.at)} on: ${listed(next.u)}${next.u.length === 0 ? "" : `; ${next.need} are needed`}`);
  if (open === null) return;
  print(`recovery ${open.s}: ${names.of(open.by)} asks that the group goes to ${names.of(open.to)} (${open.why})`);
  print(
    `agreed: ${listed(open.approvals)}; ${open.due === 0 ? "more are needed" : `it can be finished from ${time(open.due)} on`}`,
  );
}

/** `people`: names with spaces between; none: there are to be no guardians. @throws Failure for who is no member. */
export async function setGuardians({ group, names }: Room, need: string, people: string): Promise<void> {
  if (!/^\d$/.test(need)) throw new Failure("say first how many guardians are needed, then who they are");
  const words = people.split(/\s+/).filter((word) => word !== "");
  const members = await group.members();
  const u = await Promise.all(words.map((word) => names.find(word, members)));
  await group.recovery.setGuardians(u, Number(need));
}

/** One step of a recovery; all but the first are about the case that is open. @throws Failure when there is none. */
export async function recover({ group, names }: Room, verb: string | undefined, rest: string): Promise<void> {
  if (verb === "open") {
    const [name = "", ...why] = rest.split(/\s+/);
    await group.recovery.open(await names.find(name, await group.members()), why.join(" "));
    return;
  }
  const { open } = await group.recovery.get();
  if (open === null) throw new Failure("no recovery is open");
  if (verb === "approve") await group.recovery.approve(open.s);
  else if (verb === "veto") await group.recovery.veto(open.s, rest === "" ? undefined : rest);
  else if (verb === "finish") await group.recovery.finish(open.s, open.to);
  else throw new Failure("say open, approve, veto or finish");
}

function time(ms: number): string {
  return new Date(ms).toLocaleString();
}
