import { randomUUID } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

const VERSION = 1;
/** Readable and writable by the owner of the process, by nobody else. */
const MODE = 0o600;
const HASH = /^[\w-]{43}$/;

/**
 * The hash kept at `path`; nothing where there is no file.
 * @throws Error when the file is not one of ours, or others may read or write it.
 */
export function readKeyHash(path: string): string | undefined {
  let text: string;
  try {
    if ((statSync(path).mode & 0o077) !== 0) throw new Error(`${path} must be readable by its owner only (chmod 600)`);
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  const hash = hashIn(text);
  if (hash === undefined) throw new Error(`${path} does not hold an operator key`);
  return hash;
}

function hashIn(text: string): string | undefined {
  try {
    const { version, sha256 } = JSON.parse(text) as { readonly version?: unknown; readonly sha256?: unknown };
    return version === VERSION && typeof sha256 === "string" && HASH.test(sha256) ? sha256 : undefined;
  } catch {
    return undefined;
  }
}

/** Puts `sha256` at `path`, durably: after a crash there is the whole file or none. */
export async function writeKeyHash(path: string, sha256: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  try {
    await synced(await open(temporary, "wx", MODE), (file) =>
      file.writeFile(JSON.stringify({ version: VERSION, sha256 })),
    );
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await synced(await open(dirname(path), "r"));
}

async function synced(file: FileHandle, write?: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    await write?.(file);
    await file.sync();
  } finally {
    await file.close();
  }
}
