import type { RoleFacts } from "@guildhall/proto";
import type { Table } from "@guildhall/store";
import { GROUPS } from "../lifecycle/tables.ts";
import { BANS, MEMBERS } from "../membership/tables.ts";
import { GROUP_ROLES, type RolesRow } from "../role/tables.ts";

/** A row that a command has changed, as it was and as it became. */
export type Change = {
  readonly table: Table;
  readonly was: object | undefined;
  readonly became: object | undefined;
};

type Values = Record<string, unknown>;

/** Of tables, by name, the columns that are worth keeping: keys and counts are not. */
export type KeptColumns = ReadonlyMap<string, readonly string[]>;

/** Those of a group; its roles stand one by one besides. */
export const GROUP_COLUMNS: KeptColumns = new Map([
  [
    GROUPS.name,
    [
      "owner",
      "name",
      "category",
      "tags",
      "intro",
      "state",
      "muteAll",
      "slowMs",
      "membersMax",
      "policy",
      "attribution",
      "official",
      "avatar",
      "locked",
      "dissolveAt",
      "account",
    ],
  ],
  [MEMBERS.name, ["state", "nick", "roles", "mute", "holds"]],
  [BANS.name, ["until", "by", "at", "why"]],
]);

/** Whether changes of this table are part of the record. */
export function isKeptTable(table: { readonly name: string }, kept: KeptColumns): boolean {
  return table.name === GROUP_ROLES.name || kept.has(table.name);
}

/** What was changed, by table: only the columns, or the roles, that differ. */
export function beforeAndAfter(
  changes: readonly Change[],
  kept: KeptColumns,
): { readonly before: Values; readonly after: Values } {
  const before: Values = {};
  const after: Values = {};
  for (const { table, was, became } of changes) {
    const isRoles = table.name === GROUP_ROLES.name;
    const [old = {}, now = {}] = isRoles
      ? [rolesOf(was), rolesOf(became)]
      : [was, became].map((row) => valuesOf(table, row, kept));
    const names = Object.keys({ ...old, ...now }).filter((name) => !isSame(old[name], now[name]));
    if (names.length === 0) continue;
    before[table.name] = picked(old, names);
    after[table.name] = picked(now, names);
  }
  return { before, after };
}

function valuesOf({ name }: Table, row: object | undefined, kept: KeptColumns): Values {
  return row === undefined ? {} : picked(row as Values, kept.get(name) ?? []);
}

function rolesOf(row: object | undefined): Values {
  const list: readonly RoleFacts[] = (row as RolesRow | undefined)?.list ?? [];
  return Object.fromEntries(list.map((role) => [role.id, role]));
}

function picked(values: Values, names: readonly string[]): Values {
  return Object.fromEntries(names.filter((name) => values[name] !== undefined).map((name) => [name, values[name]]));
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
