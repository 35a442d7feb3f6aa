import { join } from "node:path";
import { FORMAT, type Installation, readInstallation, writeInstallation } from "@guildhall/installation";
import { AppError } from "@guildhall/kernel";
import { isKnown, migrate } from "./formats.ts";
import { keepCopy } from "./kept-copy.ts";

/** Data that were brought to another format, and where they are as they were before. */
export type Migrated = { readonly from: number; readonly to: number; readonly copy: string };

/**
 * Sees to it that the data in the folder `path`, which nobody else has open, are of the format of this version: new
 * ones are, older ones are copied to `kept/` and migrated.
 *
 * @throws AppError `UNSUPPORTED` for data of another format or another number of partitions; `INTERNAL` for data that
 *   cannot be read, copied or migrated. One sentence on what to do.
 */
export async function openInstallation(path: string, partitions: number): Promise<Migrated | undefined> {
  const found = await readInstallation(path);
  if (found === undefined) {
    await writeInstallation(path, { format: FORMAT, partitions });
    return undefined;
  }
  const from = found.from ?? found.format;
  if (found.format > FORMAT || !isKnown(from)) {
    throw new AppError(
      "UNSUPPORTED",
      `the data in ${path} have format ${String(found.format)}; this version reads format ${FORMAT} and migrates older ones; start the version that made them`,
    );
  }
  if (found.partitions !== partitions) {
    throw new AppError(
      "UNSUPPORTED",
      `the data in ${path} were made with PARTITIONS=${found.partitions}; the number is fixed for ever, so start with that`,
    );
  }
  return from === FORMAT ? undefined : bringUp(path, found, from);
}

/** The copy is whole before anything changes; and before that no older version may read what is changed half. */
async function bringUp(path: string, found: Installation, from: number): Promise<Migrated> {
  const { partitions } = found;
  const name = `format-${from}-${new Date().toISOString().replaceAll(/[:.]/g, "-")}`;
  const copy = found.from === undefined ? await keepCopy(path, name) : join(path, "kept");
  await writeInstallation(path, { format: FORMAT, partitions, from });
  await migrate(path, from);
  await writeInstallation(path, { format: FORMAT, partitions });
  return { from, to: FORMAT, copy };
}
