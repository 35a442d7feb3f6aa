import type { AuditView } from "@guildhall/proto";
import { defineTable } from "@guildhall/store";

/** Acts in one partition of the table. */
export const ACTS_PER_PART = 512;

/** An act of power. Rows are written once, and never changed. */
export type AuditRow = Omit<AuditView, "refused"> & {
  readonly g: number;
  readonly part: number;
  /** null: stored before refusals were kept. */
  readonly refused: string | null;
};

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
    refused: "text",
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

/** An act as it is shown, and hashed. */
export function viewOfAct(row: AuditRow): AuditView {
  const { n, at, u, dev, as, owner, roles, m, on, s, args, before, after, why, refused, hash } = row;
  return { n, at, u, dev, as, owner, roles, m, on, s, args, before, after, why, refused: refused ?? "", hash };
}

/** Refusals of a person that were kept since `from`, ms, by their nonces in base64url. */
export type AuditRefusalsRow = {
  readonly g: number;
  readonly u: number;
  readonly from: number;
  readonly nonces: readonly string[];
};

export const AUDIT_REFUSALS = defineTable<AuditRefusalsRow>({
  name: "audit_refusals",
  partition: ["g", "u"],
  clustering: [],
  columns: { g: "int", u: "int", from: "int", nonces: "texts" },
});

/** Who may read acts without leaving another record of it, and until when, ms. */
export type AuditReaderRow = { readonly g: number; readonly u: number; readonly until: number };

export const AUDIT_READERS = defineTable<AuditReaderRow>({
  name: "audit_readers",
  partition: ["g", "u"],
  clustering: [],
  columns: { g: "int", u: "int", until: "int" },
});

/** Where act `n` stands. */
export function partOf(n: number): number {
  return Math.floor((n - 1) / ACTS_PER_PART);
}
