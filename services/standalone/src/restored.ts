import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { beginEpochs, RESTORED_FILE } from "@guildhall/installation";
import type { Journal } from "@guildhall/journal";
import type { Store } from "@guildhall/store";
import type { DataFolder } from "./data-folder.ts";

/**
 * Clients may have seen what came after a copy was made, under the numbers that its journal gives out next: a new
 * epoch tells them apart. Whoever puts a copy in the place of the data says so by a file, which goes when all
 * partitions have begun theirs. Returns whether there was one.
 */
export async function beginAnewIfRestored(
  folder: DataFolder,
  partitions: number,
  { journal, store }: { readonly journal: Journal; readonly store: Store },
): Promise<boolean> {
  const mark = folder.file(RESTORED_FILE);
  if (!existsSync(mark)) return false;
  await beginEpochs(partitions, journal, store);
  // Not synced: should it come back after a power cut, one more epoch begins.
  await rm(mark);
  return true;
}
