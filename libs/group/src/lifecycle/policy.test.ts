import { DEFAULT_POLICY, LIMITS, type PolicyName } from "@guildhall/proto/tables";
import { expect, test } from "vitest";
import { ADMIN, ANN, BOB, OWNER, openGroup, STRANGER } from "../../test/group-bench.ts";
import { groupFactsOf } from "../facts.ts";
import { joinGroup } from "../membership/join-group.ts";
import { recallMessage } from "../message/recall-message.ts";
import { sendMessage } from "../message/send-message.ts";
import { GROUP_ROLES } from "../role/tables.ts";
import { changePolicy } from "./change-policy.ts";
import { editGroup } from "./edit-group.ts";
import { renameGroup } from "./rename-group.ts";
import { GROUPS, type GroupRow } from "./tables.ts";

const refused = (code: string, more: object = {}) => expect.objectContaining({ code, ...more });

function openWith(policy: PolicyName) {
  const group = openGroup();
  group.run(changePolicy, { policy }, OWNER);
  return group;
}
function rowOf(group: ReturnType<typeof openGroup>): GroupRow {
  const row = group.get(GROUPS, group.g);
  if (row === undefined) throw new Error("no group");
  return row;
}

test("another policy is a permission event, and part of the facts unless it is the default", () => {
  const group = openWith("qq");
  const roles = group.get(GROUP_ROLES, group.g);
  if (roles === undefined) throw new Error("no roles");

  expect(group.events.at(-1)).toMatchObject({ k: "group.policy", pv: group.events.length });
  expect(groupFactsOf(rowOf(group), roles, 9)).toMatchObject({ policy: "qq", v: 9 });
  group.run(changePolicy, { policy: DEFAULT_POLICY }, OWNER);
  expect(groupFactsOf(rowOf(group), roles, 9)).not.toHaveProperty("policy");
  const { policy: _, ...old } = rowOf(group);
  expect(groupFactsOf(old as GroupRow, roles, 9)).not.toHaveProperty("policy");
});

test("only the owner changes it, after a password given lately, and to another one", () => {
  const group = openWith("qq");
  const authMs = group.nowMs - LIMITS.dangerousSignInMaxMs - 9;

  expect(() => group.run(changePolicy, { policy: "wechat" }, ADMIN)).toThrow(refused("FORBIDDEN"));
  expect(() => group.run(changePolicy, { policy: "wechat" }, OWNER, { authMs })).toThrow(refused("STEP_UP_REQUIRED"));
  expect(() => group.run(changePolicy, { policy: "qq" }, OWNER)).toThrow(refused("ALREADY"));
});

test("a name is what can be one and is another, and cannot be slipped in with the rest of the profile", () => {
  const group = openWith("wechat");

  expect(() => group.run(renameGroup, { name: "x" }, ADMIN)).toThrow(refused("POLICY", { d: { axis: "rename" } }));
  expect(() => group.run(renameGroup, { name: " " }, OWNER)).toThrow(refused("BAD_ARGS", { d: { path: "/name" } }));
  expect(() => group.run(renameGroup, { name: " Chess" }, OWNER)).toThrow(refused("ALREADY"));
  const roles = group.get(GROUP_ROLES, group.g);
  if (roles === undefined) throw new Error("no roles");
  const list = roles.list.map((role) => ({ ...role, lo: 0xffff_ffff, hi: 0x1_ffff }));
  group.put(GROUP_ROLES, { ...roles, list });
  group.run(editGroup, { intro: "x" }, ANN);
  expect(() => group.run(editGroup, { intro: "y", name: "x" }, ANN)).toThrow(refused("POLICY"));
  group.run(renameGroup, { name: " Go " }, OWNER);
  expect(group.events.at(-1)).toMatchObject({ k: "group.rename", b: { name: "Go" }, pp: -1 });
  expect(rowOf(group)).toMatchObject({ name: "Go", intro: "x" });
});

test.each<[PolicyName, number, number, string | undefined]>([
  ["wechat", ANN, 122_000, undefined],
  ["wechat", ANN, 122_001, "WINDOW_CLOSED"],
  ["dingtalk", ADMIN, 86_400_000, undefined],
  ["dingtalk", ANN, 0, "POLICY"],
  ["qq", ADMIN, 0, "POLICY"],
])("S41: in %s the message of %i is taken back after %i ms: %s", (policy, u, afterMs, code) => {
  const group = openWith(policy);
  group.run(sendMessage, { k: "text", b: { t: "oh" } }, u);
  group.nowMs = (group.events.at(-1)?.at ?? 0) + afterMs;
  const recall = () => group.run(recallMessage, { s: group.events.length }, u);

  if (code === undefined) expect(recall).not.toThrow();
  else expect(recall).toThrow(refused(code));
});

test("S03: the policy's cap holds for who joins next, and below it the group's own", () => {
  const group = openWith("wechat");
  const full = (max: number) => refused("GROUP_FULL", { d: { axis: "members", max } });

  group.put(GROUPS, { ...rowOf(group), members: 499 });
  group.run(joinGroup, {}, STRANGER);
  expect(() => group.run(joinGroup, {}, STRANGER + 1)).toThrow(full(500));
  group.run(changePolicy, { policy: "qq" }, OWNER);
  group.run(joinGroup, {}, STRANGER + 1);
  group.run(changePolicy, { policy: "wechat" }, OWNER);
  expect(rowOf(group).members).toBe(501);
  group.put(GROUPS, { ...rowOf(group), members: 5, membersMax: 5 });
  expect(() => group.run(joinGroup, {}, BOB + 900)).toThrow(full(5));
});
