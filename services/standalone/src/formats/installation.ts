import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@guildhall/kernel";
import { writePrivate } from "../private-file.ts";
import { FORMAT, isKnown, migrate } from "./formats.ts";
import { keepCopy } from "./kept-copy.ts";

const FILE = "installation.json";

/** `from`: data of that format are being brought to `format`, and some may still be as they were. */
type Installation = { readonly format: number; readonly partitions: number; readonly from?: number };

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
    await write(path, { format: FORMAT, partitions });
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
  await write(path, { format: FORMAT, partitions, from });
  await migrate(path, from);
  await write(path, { format: FORMAT, partitions });
  return { from, to: FORMAT, copy };
}

async function readInstallation(path: string): Promise<Installation | undefined> {
  const text = await readFile(join(path, FILE), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined && existsSync(join(path, "journal", "data.mdb"))) {
    throw new AppError("UNSUPPORTED", `the data in ${path} lack ${FILE}, so their format is not known; restore it`);
  }
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Installation;
  } catch (cause) {
    throw new AppError("UNSUPPORTED", `${join(path, FILE)} is damaged, so the format is not known; restore it`, {
      cause,
    });
  }
}

function write(path: string, installation: Installation): Promise<void> {
  return writePrivate(join(path, FILE), `${JSON.stringify(installation)}\n`);
}
