import { expect, test } from "vitest";
import { ADMIN, ANN, JUNIOR_ADMIN, OWNER, openGroup } from "../test/group-bench.ts";
import { groupFactsOf, memberFactsOf } from "./facts.ts";
import { GROUPS } from "./lifecycle/tables.ts";
import { kickMember } from "./membership/kick-member.ts";
import { MEMBERS } from "./membership/tables.ts";
import { GROUP_ROLES } from "./role/tables.ts";

function rows() {
  const group = openGroup();
  const [groupRow, rolesRow] = [group.get(GROUPS, group.g), group.get(GROUP_ROLES, group.g)];
  if (groupRow === undefined || rolesRow === undefined) throw new Error("no group");
  return { group, groupRow, rolesRow };
}

test("facts of a group are what the rule needs of its rows", () => {
  const { groupRow, rolesRow } = rows();

  expect(groupFactsOf(groupRow, rolesRow, 7)).toEqual({
    g: 500,
    v: 7,
    owner: OWNER,
    state: "active",
    muteAll: false,
    roles: rolesRow.list,
  });
});

test("the same rows and version give the same object, others another", () => {
  const { groupRow, rolesRow } = rows();
  const facts = groupFactsOf(groupRow, rolesRow, 7);

  expect(groupFactsOf(groupRow, rolesRow, 7)).toBe(facts);
  expect(groupFactsOf({ ...groupRow }, rolesRow, 7)).not.toBe(facts);
  expect(groupFactsOf(groupRow, rolesRow, 8).v).toBe(8);
  expect(groupFactsOf(groupRow, { ...rolesRow, list: [] }, 8).roles).toEqual([]);
});

test("only who is in has facts", () => {
  const { group } = rows();
  group.run(kickMember, { u: ANN }, ADMIN);

  expect(memberFactsOf(group.get(MEMBERS, group.g, ADMIN))).toEqual({ roles: [JUNIOR_ADMIN], mute: 0 });
  expect(memberFactsOf(group.get(MEMBERS, group.g, ANN))).toBeNull();
  expect(memberFactsOf(undefined)).toBeNull();
});
