import { mkdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { lockFolder } from "@guildhall/installation";
import { type Migrated, openInstallation } from "./formats/installation.ts";

export type DataFolder = AsyncDisposable & {
  readonly path: string;
  /** What was done to data of an older format. */
  readonly migrated: Migrated | undefined;
  /** A file in it. */
  file(name: string): string;
};

/**
 * Opens the folder that holds everything, made if need be, and keeps every other process out of it until
 * disposed or until this process ends in whatever way.
 *
 * Data of an older format are migrated, and a copy of them is kept.
 *
 * @throws AppError `CONFLICT` when another process has it; `UNSUPPORTED` when its data have an unknown format
 *   or another number of partitions; `INTERNAL` when they cannot be migrated: one sentence on what to do.
 */
export async function openDataFolder(path: string, partitions: number): Promise<DataFolder> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const real = await realpath(path);
  const lock = await lockFolder(real);
  try {
    const migrated = await openInstallation(real, partitions);
    return {
      path: real,
      migrated,
      file: (name) => join(real, name),
      [Symbol.asyncDispose]: () => lock[Symbol.asyncDispose](),
    };
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
}
