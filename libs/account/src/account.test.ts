import { ASKS, COMMANDS } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { memoryEntity } from "@guildhall/testkit/memory-entity";
import { expect, test } from "vitest";
import { confirmGroup } from "./groups/confirm-group.ts";
import { dropGroup } from "./groups/drop-group.ts";
import { takeGroup } from "./groups/take-group.ts";
import { ACCOUNT_FEATURES } from "./index.ts";
import { removeOperator } from "./operator/remove-operator.ts";
import { setOperator } from "./operator/set-operator.ts";
import { createAccount } from "./profile/create-account.ts";
import { renameAccount } from "./profile/rename-account.ts";
import { ACCOUNTS, type AccountRow, COMING_MS } from "./tables.ts";

const [ANN, BOB, EVE] = [11, 12, 13];
const refused = (code: string, more: object = {}) => expect.objectContaining({ code, ...more });

/** An account of ANN, with BOB as an admin. */
function openAccount() {
  const account = memoryEntity(700);
  account.run(createAccount, { name: " School " }, ANN);
  account.run(setOperator, { u: BOB, grade: "admin" }, ANN);
  const row = (): AccountRow => {
    const found = account.get(ACCOUNTS, 700);
    if (found === undefined) throw new Error("no account");
    return found;
  };
  return { account, row };
}

test("every command and question of an account has its handler", () => {
  const of = (specs: object, skip: string) =>
    Object.entries(specs as Record<string, { entity: string; via: string }>)
      .filter(([, { entity, via }]) => entity === "account" && via !== skip)
      .map(([method]) => method)
      .sort();

  expect(ACCOUNT_FEATURES.flatMap(({ commands }) => Object.keys(commands)).sort()).toEqual(of(COMMANDS, ""));
  expect(ACCOUNT_FEATURES.flatMap(({ queries }) => Object.keys(queries)).sort()).toEqual(of(ASKS, "own"));
});

test("S19: an account has a name, a main operator, and no id that is taken", () => {
  const { account, row } = openAccount();

  expect(row()).toMatchObject({
    name: "School",
    groups: [],
    operators: [
      [ANN, "main"],
      [BOB, "admin"],
    ],
  });
  expect(() => account.run(createAccount, { name: "x" }, EVE)).toThrow(refused("CONFLICT"));
  expect(() => account.run(renameAccount, { name: "School" }, ANN)).toThrow(refused("ALREADY"));
  expect(() => account.run(renameAccount, { name: " " }, ANN)).toThrow(refused("BAD_ARGS"));
  expect(() => account.run(renameAccount, { name: "x" }, ANN, { as: 1 })).toThrow(refused("UNSUPPORTED"));
});

test("S22: operators are changed by main ones with a fresh sign-in, up to a bound", () => {
  const { account, row } = openAccount();
  const authMs = account.nowMs - LIMITS.dangerousSignInMaxMs - 9;

  expect(() => account.run(setOperator, { u: EVE, grade: "staff" }, BOB)).toThrow(refused("FORBIDDEN"));
  expect(() => account.run(setOperator, { u: EVE, grade: "staff" }, EVE)).toThrow(refused("NOT_FOUND"));
  expect(() => account.run(setOperator, { u: EVE, grade: "staff" }, ANN, { authMs })).toThrow(
    refused("STEP_UP_REQUIRED"),
  );
  expect(() => account.run(removeOperator, { u: BOB }, ANN, { authMs })).toThrow(refused("STEP_UP_REQUIRED"));
  expect(() => account.run(setOperator, { u: BOB, grade: "admin" }, ANN)).toThrow(refused("ALREADY"));
  for (let u = 100; row().operators.length < LIMITS.operatorsPerAccountMax; u++) {
    account.run(setOperator, { u, grade: "staff" }, ANN);
  }
  expect(() => account.run(setOperator, { u: EVE, grade: "staff" }, ANN)).toThrow(refused("QUOTA"));
  account.run(setOperator, { u: BOB, grade: "main" }, ANN);
});

test("S26: whoever goes is remembered as gone, and comes back as new; the last main operator stays", () => {
  const { account, row } = openAccount();

  account.run(removeOperator, { u: BOB }, BOB, { authMs: 0 });
  expect(row()).toMatchObject({ operators: [[ANN, "main"]], gone: [BOB] });
  expect(() => account.run(removeOperator, { u: BOB }, ANN)).toThrow(refused("NOT_FOUND"));
  expect(() => account.run(removeOperator, { u: ANN }, ANN)).toThrow(refused("LAST_OWNER"));
  account.run(setOperator, { u: BOB, grade: "main" }, ANN);
  expect(row().gone).toEqual([]);
  account.run(removeOperator, { u: ANN }, BOB);
  expect(row()).toMatchObject({ operators: [[BOB, "main"]], gone: [ANN] });
});

test("S20: a yes to a group lapses, a group that says it belongs here does, and there is a bound", () => {
  const { account, row } = openAccount();
  const take = (g: number, u = BOB, made = true) => account.run(takeGroup, { g, made }, u);

  expect(() => take(1, BOB, false)).toThrow(refused("FORBIDDEN"));
  expect(take(1)).toMatchObject({ a: 700, name: "School", at: row().changed, op: row().operators });
  const [[of, lapses] = []] = row().coming;
  expect([of, lapses]).toEqual([1, expect.any(Number)]);
  expect((lapses ?? 0) - account.nowMs).toBeGreaterThanOrEqual(COMING_MS);
  account.nowMs = lapses ?? 0;
  take(2);
  expect(row().coming.map(([g]) => g)).toEqual([2]);
  for (const g of [2, 1, 1]) account.run(confirmGroup, { g }, 0);
  expect(row()).toMatchObject({ groups: [2, 1], coming: [] });
  const shown = account.events.length;
  expect(take(1)).toMatchObject({ a: 700 });
  account.run(dropGroup, { g: 2 }, 0);
  account.run(dropGroup, { g: 2 }, 0);
  expect([row().groups, account.events.length]).toEqual([[1], shown + 1]);
  for (let g = 10; row().groups.length + row().coming.length < LIMITS.groupsPerAccountMax; g++) take(g);
  expect(() => take(9)).toThrow(refused("QUOTA"));
});
