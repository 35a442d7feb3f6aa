import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@guildhall/kernel";
import { writePrivate } from "./private-file.ts";

/** The form in which data are kept by this version. An unknown one is refused. */
export const FORMAT = 4;

export const INSTALLATION_FILE = "installation.json";

/** An empty file of this name says that the folder is a copy from earlier, whose epochs the next start begins anew. */
export const RESTORED_FILE = "restored";

/** `from`: data of that format are being brought to `format`, and some may still be as they were. */
export type Installation = { readonly format: number; readonly partitions: number; readonly from?: number };

/**
 * What the data folder `path` says of itself; undefined where nothing is in it yet.
 * @throws AppError `UNSUPPORTED` for data that do not say it, or not so that it can be read.
 */
export async function readInstallation(path: string): Promise<Installation | undefined> {
  const text = await readFile(join(path, INSTALLATION_FILE), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined && existsSync(join(path, "journal", "data.mdb"))) {
    throw new AppError(
      "UNSUPPORTED",
      `the data in ${path} lack ${INSTALLATION_FILE}, so their format is not known; restore it`,
    );
  }
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Installation;
  } catch (cause) {
    throw new AppError(
      "UNSUPPORTED",
      `${join(path, INSTALLATION_FILE)} is damaged, so the format is not known; restore it`,
      { cause },
    );
  }
}

/** Says it, durably. */
export function writeInstallation(path: string, installation: Installation): Promise<void> {
  return writePrivate(join(path, INSTALLATION_FILE), `${JSON.stringify(installation)}\n`);
}
