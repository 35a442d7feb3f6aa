import type { GroupAccount } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { expect, test } from "vitest";
import { ADMIN, ANN, BOB, MODERATOR, OWNER, openGroup, STRANGER } from "../../test/group-bench.ts";
import { joinGroup } from "../membership/join-group.ts";
import { MEMBERS } from "../membership/tables.ts";
import { setGuardians } from "../recovery/set-guardians.ts";
import { GUARDIANS } from "../recovery/tables.ts";
import { adoptGroup } from "./adopt-group.ts";
import { changeOperators } from "./change-operators.ts";
import { changePolicy } from "./change-policy.ts";
import { getGroup } from "./get-group.ts";
import { GROUPS } from "./tables.ts";
import { transferGroup } from "./transfer-group.ts";

const refused = (code: string, more: object = {}) => expect.objectContaining({ code, ...more });
const ACCOUNT: GroupAccount = {
  a: 700,
  name: "School",
  at: 1_000,
  op: [
    [OWNER, "main"],
    [MODERATOR, "staff"],
  ],
};

function adopted() {
  const group = openGroup();
  group.run(adoptGroup, { account: ACCOUNT }, OWNER);
  return group;
}

test("S21: only the owner gives a group to an account, after a password given lately, and once", async () => {
  const group = openGroup();
  const authMs = group.nowMs - LIMITS.dangerousSignInMaxMs - 9;
  group.run(setGuardians, { u: [ADMIN, ANN, BOB], need: 2 }, OWNER);

  expect(() => group.run(adoptGroup, { account: ACCOUNT }, ADMIN)).toThrow(refused("FORBIDDEN"));
  expect(() => group.run(adoptGroup, { account: ACCOUNT }, STRANGER)).toThrow(refused("NOT_MEMBER"));
  expect(() => group.run(adoptGroup, { account: ACCOUNT }, OWNER, { authMs })).toThrow(refused("STEP_UP_REQUIRED"));
  group.run(adoptGroup, { account: ACCOUNT }, OWNER);

  expect(group.events.at(-1)).toMatchObject({ k: "group.adopt", b: { from: OWNER, account: 700 }, pv: group.pv });
  expect(await group.ask(getGroup, { g: 500 })).toMatchObject({ owner: 700, account: { a: 700, name: "School" } });
  expect(group.get(GUARDIANS, 500)).toBeUndefined();
  expect(() => group.run(adoptGroup, { account: ACCOUNT }, OWNER)).toThrow(refused("ALREADY"));
  expect(() => group.run(transferGroup, { to: ANN }, OWNER)).toThrow(refused("FORBIDDEN", { d: { account: 700 } }));
  expect(() => group.run(setGuardians, { u: [ADMIN, ANN, BOB], need: 2 }, OWNER)).toThrow(refused("FORBIDDEN"));
});

test("S26: the newest list of operators holds, and whoever is gone from it loses the roles of the group", () => {
  const group = adopted();
  const put = (at: number, op: GroupAccount["op"], gone: readonly number[], actor = 0) =>
    group.run(changeOperators, { account: { ...ACCOUNT, at, op }, gone }, actor);
  const roles = (u: number) => group.get(MEMBERS, 500, u)?.roles;

  expect(() => put(2_000, [[ANN, "main"]], [], ANN)).toThrow(refused("FORBIDDEN"));
  const shown = group.events.length;
  put(1_000, [[ANN, "main"]], []);
  group.run(changeOperators, { account: { ...ACCOUNT, a: 701, at: 9_000 }, gone: [] }, 0);
  expect(group.events.length).toBe(shown);

  const op = [OWNER, BOB].map((u) => [u, "main"] as const);
  put(2_000, op, [MODERATOR, ADMIN]);
  expect([roles(MODERATOR), roles(ADMIN)]).toEqual([[], [2]]);
  expect(group.events.at(-1)).toMatchObject({ k: "group.operators", u: 0, pv: group.pv });
  put(1_500, [[MODERATOR, "main"]], []);
  expect(() => group.run(changePolicy, { policy: "qq" }, MODERATOR)).toThrow(refused("FORBIDDEN"));
  group.run(changePolicy, { policy: "qq" }, BOB);
});

test("S19: an operator comes into a group that is full", () => {
  const group = adopted();
  const row = group.get(GROUPS, 500);
  if (row === undefined) throw new Error("no group");
  group.put(GROUPS, { ...row, membersMax: 5 });

  expect(() => group.run(joinGroup, {}, STRANGER)).toThrow(refused("GROUP_FULL"));
  group.run(changeOperators, { account: { ...ACCOUNT, at: 2_000, op: [[STRANGER, "admin"]] }, gone: [] }, 0);
  group.run(joinGroup, {}, STRANGER);
});
