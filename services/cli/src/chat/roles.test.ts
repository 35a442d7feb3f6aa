import type { Group } from "@guildhall/client";
import { expect, test } from "vitest";
import { bitsOf, editRole, listRoles } from "./roles.ts";

const ROLES = [
  { id: 1, name: "Member", rank: 100, p: [0x1b, 0] },
  { id: 4, name: "Content Moderator", rank: 500, p: [0x80040000, 0] },
];

/** A group with these roles, at this permission version, that notes what is changed. */
function groupAt(pv: number | undefined) {
  const edits: unknown[][] = [];
  const group = {
    state: pv === undefined ? undefined : { pv },
    roles: async () => ROLES,
    editRole: async (...args: unknown[]) => void edits.push(args),
  } as unknown as Group;
  return { group, edits };
}

test("permissions are read by name, whatever their case, in both halves", () => {
  expect(bitsOf("kick_member,VIEW_GROUP")).toEqual([0x20000001, 0]);
  expect(bitsOf("mute_member, manage_role")).toEqual([0x80000000, 0x4]);
  expect(() => bitsOf("fly")).toThrow("there is no permission fly");
});

test("a change adds to and takes from what the role has, and says which version was looked at", async () => {
  const { group, edits } = groupAt(7);

  await editRole(group, 4, "-DELETE_ANY_MESSAGE,+pin_message");

  expect(edits).toEqual([[4, { p: [0x80010000, 0] }, { ifV: 7 }]]);
});

test("a change without a sign, and of no role, is refused", async () => {
  const { group, edits } = groupAt(undefined);

  await expect(editRole(group, 4, "PIN_MESSAGE")).rejects.toThrow("+ or -");
  await expect(editRole(group, 9, "+PIN_MESSAGE")).rejects.toThrow("there is no role 9; there are Member (1)");
  expect(edits).toEqual([]);
});

test("roles are listed from the highest rank, with their permissions", async () => {
  const lines: string[] = [];

  await listRoles(groupAt(1).group, (line) => lines.push(line));

  expect(lines).toEqual([
    "4  Content Moderator, rank 500: DELETE_ANY_MESSAGE, MUTE_MEMBER",
    "1  Member, rank 100: VIEW_GROUP, READ_HISTORY, SEND_MESSAGE, SEND_MEDIA",
  ]);
});
