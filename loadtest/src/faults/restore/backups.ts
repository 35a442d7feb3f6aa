import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Closers } from "@guildhall/kernel";
import { SERVERS_FOLDER } from "../../processes/deploy.ts";

/** A server that keeps data, and whose data may be put back by themselves. */
export type Half = "nats" | "cassandra";

const DATA = join(SERVERS_FOLDER, "data");

/** The data folders of the servers of a kind: configuration files beside them stay where they are. */
async function foldersOf(half: Half): Promise<string[]> {
  const entries = await readdir(DATA, { withFileTypes: true });
  const mine = entries.filter((one) => one.isDirectory() && one.name.replace(/-\d+$/, "") === half);
  return mine.map(({ name }) => name);
}

/** Copies of the servers' data, as they were once. To be taken and put back while these servers do not run. */
export class Backup {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** It goes with `closers`. */
  static async take(halves: readonly Half[], closers: Closers): Promise<Backup> {
    const folder = await mkdtemp(join(tmpdir(), "guildhall-backup-"));
    closers.defer(() => rm(folder, { recursive: true, force: true }));
    for (const half of halves)
      for (const name of await foldersOf(half)) await cp(join(DATA, name), join(folder, name), { recursive: true });
    return new Backup(folder);
  }

  async putBack(half: Half): Promise<void> {
    await lose(half);
    const names = (await readdir(this.#folder)).filter((name) => name.replace(/-\d+$/, "") === half);
    for (const name of names) await cp(join(this.#folder, name), join(DATA, name), { recursive: true });
  }
}

/** Nothing is left of what these servers keep. */
export async function lose(half: Half): Promise<void> {
  for (const name of await foldersOf(half)) await rm(join(DATA, name), { recursive: true });
}
