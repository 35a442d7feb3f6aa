import { statfs } from "node:fs/promises";

/** How often the free space is asked for, ms. */
const ASK_MS = 1_000;
/** Bytes a file grows by for each byte of a record, at most, pages and free lists included. */
const GROWTH = 2;

/** Whether there is room on the disk, known without asking it each time. */
export type DiskRoom = {
  /** Counts `bytes` as written and says whether they leave the reserve free. */
  take(bytes: number): boolean;
  stop(): void;
};

/**
 * Watches the free space of the disk under `path`. A disk is refused before it is full because lmdb reports
 * the short write of a full one as an I/O error, after which nothing can be trusted, and because a purge
 * needs room as well.
 */
export async function watchDiskRoom(path: string, reserveBytes: number): Promise<DiskRoom> {
  let free = await freeBytes(path);
  let taken = 0;
  const timer = setInterval(() => void ask(), ASK_MS);
  timer.unref();

  async function ask(): Promise<void> {
    const before = taken;
    try {
      free = await freeBytes(path);
      taken -= before;
    } catch {
      // The last answer stands, less what was written since.
    }
  }

  return {
    take(bytes) {
      taken += bytes * GROWTH;
      return free - taken >= reserveBytes;
    },
    stop: () => clearInterval(timer),
  };
}

async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}
