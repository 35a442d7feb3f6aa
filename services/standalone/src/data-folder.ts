import { createHash } from "node:crypto";
import { mkdir, realpath } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "@guildhall/kernel";
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
    return { path: real, migrated, file: (name) => join(real, name), [Symbol.asyncDispose]: () => closed(lock) };
  } catch (error) {
    await closed(lock);
    throw error;
  }
}

/**
 * Holds a local socket named after the folder. The system takes it back when the process ends, so that
 * nothing stale can stay behind: on Linux it lives in no file system, on Windows it is a named pipe.
 */
async function lockFolder(path: string): Promise<Server> {
  const name = `guildhall-${createHash("sha256").update(path).digest("hex").slice(0, 32)}`;
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      if (cause.code !== "EADDRINUSE") return reject(cause);
      reject(
        new AppError(
          "CONFLICT",
          `another Guildhall runs on the data folder ${path}; stop it first, or set GUILDHALL_DATA`,
        ),
      );
    });
    server.listen(lockAddress(name), resolve);
  });
  server.unref();
  return server;
}

function lockAddress(name: string): string {
  if (process.platform === "linux") return `\0${name}`;
  return process.platform === "win32" ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.lock`);
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
