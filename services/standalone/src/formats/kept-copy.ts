import { cp, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@guildhall/kernel";

/** Where copies are kept: in the data folder, so that they are on its disk and as private. */
export const KEPT = "kept";
/** Not part of the data: earlier copies, and the socket of a server that has ended. */
const LEFT_OUT: ReadonlySet<string> = new Set([KEPT, "permission.sock"]);

/**
 * Keeps a whole copy of the data folder `path`, durably, as `kept/<name>`; a copy that was broken off is made anew.
 * Returns its path.
 *
 * @throws AppError `INTERNAL` when there is no room for it: the data are as they were.
 */
export async function keepCopy(path: string, name: string): Promise<string> {
  const copy = join(path, KEPT, name);
  const draft = `${copy}.part`;
  try {
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { recursive: true, mode: 0o700 });
    for (const entry of await readdir(path)) {
      if (!LEFT_OUT.has(entry)) await cp(join(path, entry), join(draft, entry), { recursive: true });
    }
    await syncAll(draft);
    await rename(draft, copy);
    await syncOne(join(path, KEPT));
    return copy;
  } catch (cause) {
    await rm(draft, { recursive: true, force: true }).catch(() => {});
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new AppError("INTERNAL", `no copy of ${path} can be kept, so it was not changed: ${text}`, { cause });
  }
}

/** Syncs every file under `path`, and the folders. */
async function syncAll(path: string): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const inner = join(path, entry.name);
    await (entry.isDirectory() ? syncAll(inner) : syncOne(inner));
  }
  await syncOne(path);
}

async function syncOne(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
