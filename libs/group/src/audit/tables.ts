import type { AuditView } from "@guildhall/proto";
import { defineTable } from "@guildhall/store";

/** Acts in one partition of the table. */
export const ACTS_PER_PART = 512;

/** An act of power. Rows are written once, and never changed. */
export type AuditRow = AuditView & { readonly g: number; readonly part: number };

export const AUDIT = defineTable<AuditRow>({
  name: "audit",
  partition: ["g", "part"],
  clustering: ["n"],
  columns: {
    g: "int",
    part: "int",
    n: "int",
    at: "int",
    u: "int",
    dev: "text",
    as: "int",
    owner: "bool",
    roles: "ints",
    m: "text",
    on: "int",
    s: "int",
    args: "json",
    before: "json",
    after: "json",
    why: "text",
    hash: "text",
  },
});

/** The newest act of a group: the next one continues it. */
export type AuditHeadRow = { readonly g: number; readonly n: number; readonly hash: string };

export const AUDIT_HEADS = defineTable<AuditHeadRow>({
  name: "audit_heads",
  partition: ["g"],
  clustering: [],
  columns: { g: "int", n: "int", hash: "text" },
});

/** Where act `n` stands. */
export function partOf(n: number): number {
  return Math.floor((n - 1) / ACTS_PER_PART);
}
