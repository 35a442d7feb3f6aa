import type { PinView } from "@guildhall/proto";
import { defineTable } from "@guildhall/store";

/** What is pinned in a lane: at most LIMITS.pinsPerGroupMax, in the order it was pinned. */
export type PinsRow = { readonly g: number; readonly l: number; readonly list: readonly PinView[] };

export const PINS = defineTable<PinsRow>({
  name: "pins",
  partition: ["g"],
  clustering: ["l"],
  columns: { g: "int", l: "int", list: "json" },
});
