import { defineTable } from "@guildhall/store";

/** A unique name and who holds it. Names whose hashes meet share an entity, not a row. */
export type ClaimRow = {
  /** The entity: the hash of kind and name. */
  readonly id: number;
  readonly kind: "user" | "group";
  readonly name: string;
  readonly by: number;
  /** When it was last taken, ms. */
  readonly at: number;
  /** The holder exists. Until then the claim lapses after CLAIM_LAPSE_MS. */
  readonly confirmed: boolean;
};

export const CLAIMS = defineTable<ClaimRow>({
  name: "claims",
  partition: ["id"],
  clustering: ["kind", "name"],
  columns: { id: "int", kind: "text", name: "text", by: "int", at: "int", confirmed: "bool" },
});

/** A claim whose entity was never made is free again after this time. */
export const CLAIM_LAPSE_MS = 60_000;

/** Whether somebody holds the name now. */
export function isHeld(row: ClaimRow, nowMs: number): boolean {
  return row.confirmed || nowMs - row.at <= CLAIM_LAPSE_MS;
}
