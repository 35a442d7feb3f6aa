import type { Journal } from "@guildhall/journal";
import type { Store } from "@guildhall/store";
import type { AllRows } from "@guildhall/store/all-rows";

/** Journal and store of one installation, which no server uses meanwhile. */
export type Side = AsyncDisposable & {
  /** What to call it in a sentence. */
  readonly name: string;
  readonly journal: Journal;
  readonly store: Store & AllRows;
};

/** Where the partitions of a journal that is made begin. */
export type Begins = (partition: number) => number;
