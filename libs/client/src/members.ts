import type { MembersPage, MemberView } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";

/** Pages of members a client walks through: more than the largest group has. */
const MEMBER_PAGES_MAX = Math.ceil(LIMITS.membersPerGroupMax / LIMITS.pageMax) + 1;

/** Every member of a group, by rising id. */
export async function allMembers(
  g: number,
  ask: (m: string, a: unknown) => Promise<unknown>,
): Promise<readonly MemberView[]> {
  const all: MemberView[] = [];
  for (let page = 0; page < MEMBER_PAGES_MAX; page++) {
    const after = all.at(-1)?.u;
    const args = { g, lim: LIMITS.pageMax };
    const answer = (await ask("members.page", after === undefined ? args : { ...args, after })) as MembersPage;
    all.push(...answer.members);
    if (!answer.more || answer.members.length === 0) break;
  }
  return all;
}
