import type { Entitlement, PolicyName } from "@guildhall/proto/tables";
import { expect, test } from "vitest";
import { ANN, OWNER, openGroup } from "../../test/group-bench.ts";
import { changePolicy } from "../lifecycle/change-policy.ts";
import { GROUPS } from "../lifecycle/tables.ts";
import { transferGroup } from "../lifecycle/transfer-group.ts";
import { joinGroup } from "./join-group.ts";
import { putHoldings } from "./put-holdings.ts";
import { MEMBERS } from "./tables.ts";

const NEWCOMER = 40;

/** A group with so many members of a policy. */
function fullGroup(policy: PolicyName, members: number) {
  const group = openGroup();
  group.run(changePolicy, { policy }, OWNER);
  const row = group.get(GROUPS, 500);
  if (row !== undefined) group.put(GROUPS, { ...row, members });
  const hold = (u: number, to: Entitlement, forMs: number, v = 1) =>
    group.run(putHoldings, { u, v, held: { [to]: group.nowMs + forMs } }, 0);
  return { group, hold };
}

test.each([
  ["wechat", "verified", 500, 2_000],
  ["qq", "vip", 2_000, 5_000],
] as const)("S03: in %s an owner who is %s has room for more than %i, up to %i", (policy, to, plain, raised) => {
  const full = (max: number) => expect.objectContaining({ code: "GROUP_FULL", d: { axis: "members", max } });
  const { group, hold } = fullGroup(policy, plain);

  expect(() => group.run(joinGroup, {}, NEWCOMER)).toThrow(full(plain));
  hold(ANN, to, 60_000);
  expect(() => group.run(joinGroup, {}, NEWCOMER)).toThrow(full(plain));
  hold(OWNER, to, 60_000);
  group.run(joinGroup, {}, NEWCOMER);
  group.nowMs += 120_000;
  expect(() => group.run(joinGroup, {}, NEWCOMER + 1)).toThrow(full(plain));
  expect(group.get(GROUPS, 500)?.members).toBe(plain + 1);

  hold(OWNER, to, 600_000, 2);
  const row = group.get(GROUPS, 500);
  if (row !== undefined) group.put(GROUPS, { ...row, members: raised });
  expect(() => group.run(joinGroup, {}, NEWCOMER + 1)).toThrow(full(raised));
});

test("S03: the cap follows whoever is the owner", () => {
  const { group, hold } = fullGroup("wechat", 500);
  hold(ANN, "verified", 60_000);
  group.run(transferGroup, { to: ANN }, OWNER);

  group.run(joinGroup, {}, NEWCOMER);
  group.run(transferGroup, { to: OWNER }, ANN);
  expect(() => group.run(joinGroup, {}, NEWCOMER + 1)).toThrow(expect.objectContaining({ code: "GROUP_FULL" }));
});

test("what is older, repeated, or about a stranger changes nothing; nobody but the system tells it", () => {
  const { group, hold } = fullGroup("qq", 5);
  hold(ANN, "vip", 60_000, 2);
  const before = group.snapshot();

  hold(ANN, "vip", 90_000, 1);
  hold(ANN, "vip", 90_000, 2);
  hold(NEWCOMER, "vip", 90_000, 9);
  expect(group.snapshot()).toEqual(before);
  expect(group.get(MEMBERS, 500, ANN)?.holds?.v).toBe(2);
  expect(() => group.run(putHoldings, { u: ANN, v: 3, held: {} }, ANN)).toThrow(
    expect.objectContaining({ code: "FORBIDDEN" }),
  );
});
