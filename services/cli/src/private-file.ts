import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { Failure } from "./command.ts";

/** Writes a file that only its owner may read, whole or not at all; makes its folder where there is none. @throws Failure */
export async function writePrivate(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(draft, text, { mode: 0o600, flag: "wx" });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw new Failure(`${path} cannot be written: ${reason(error)}`, { cause: error });
  }
}

/** The text of a file; undefined where there is none. @throws Failure */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new Failure(`${path} cannot be read: ${reason(error)}`, { cause: error });
  }
}

/** The installation's operator key. @throws Failure */
export async function readOperatorKey(path: string): Promise<string> {
  const text = await readText(path);
  const key = text?.trim();
  if (key === undefined || key === "") {
    throw new Failure(`there is no operator key in ${path}: get one with "guildhall operator claim <code>"`);
  }
  return key;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
