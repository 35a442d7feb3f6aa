import type { CreateArgs } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { type MemoryEntity, memoryEntity } from "@guildhall/testkit/memory-entity";
import { announceDissolution } from "../src/lifecycle/announce-dissolution.ts";
import { createGroup } from "../src/lifecycle/create-group.ts";
import { dissolveGroup } from "../src/lifecycle/dissolve-group.ts";
import { joinGroup } from "../src/membership/join-group.ts";
import { assignRole } from "../src/role/assign-role.ts";

/** The people of `openGroup`. STRANGER is in no group. */
export const OWNER = 11;
export const ADMIN = 12;
export const MODERATOR = 13;
export const ANN = 14;
export const BOB = 15;
export const STRANGER = 99;

/** Ids of seed roles. */
export const JUNIOR_ADMIN = 2;
export const ROLE_MANAGER = 3;
export const CONTENT_MODERATOR = 4;
export const EVENT_MANAGER = 5;
export const RECRUITMENT_OFFICER = 6;

export const PROFILE: CreateArgs = {
  name: "Chess",
  category: "interest",
  tags: ["chess", "go"],
  intro: "Hi",
  number: 1001,
};

/** The owner announces the end of the group, waits and dissolves it. */
export function endGroup(group: MemoryEntity): void {
  group.run(announceDissolution, {}, OWNER);
  group.nowMs += LIMITS.dissolutionDelayMs + 60_000;
  group.run(dissolveGroup, {}, OWNER);
}

/** A group of OWNER with ADMIN and MODERATOR, who have these roles, and the plain members ANN and BOB. */
export function openGroup(): MemoryEntity {
  const group = memoryEntity(500);
  group.run(createGroup, PROFILE, OWNER);
  for (const u of [ADMIN, MODERATOR, ANN, BOB]) group.run(joinGroup, {}, u);
  group.run(assignRole, { u: ADMIN, role: JUNIOR_ADMIN }, OWNER);
  group.run(assignRole, { u: MODERATOR, role: CONTENT_MODERATOR }, OWNER);
  return group;
}
