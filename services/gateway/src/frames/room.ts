import { AppError } from "@guildhall/kernel";
import type { GroupsCount } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import type { Person } from "../session/session.ts";
import type { FrameNeeds } from "./needs.ts";

/**
 * Sees to it that the person may be in one more group. The list of one's groups follows the groups a moment
 * later, so several joins at once may pass the limit by their number.
 *
 * @throws AppError `QUOTA` at LIMITS.groupsPerPersonMax; `UNAVAILABLE`.
 */
export async function requireRoom({ u }: Person, { owner }: FrameNeeds): Promise<void> {
  const { count } = (await owner.ask(u, u, "groups.count", {})) as GroupsCount;
  if (count >= LIMITS.groupsPerPersonMax) throw new AppError("QUOTA", `${count} groups`, { d: { groups: count } });
}
