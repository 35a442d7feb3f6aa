import { createHash } from "node:crypto";
import { chmod, mkdir, open, readFile, realpath, rename } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "@guildhall/kernel";

/** The form in which data are kept. An unknown one is refused. */
const FORMAT = 1;

type Installation = { readonly format: number; readonly partitions: number };

export type DataFolder = AsyncDisposable & {
  readonly path: string;
  /** A file in it. */
  file(name: string): string;
};

/**
 * Opens the folder that holds everything, made if need be, and keeps every other process out of it until
 * disposed or until this process ends in whatever way.
 *
 * @throws AppError `CONFLICT` when another process has it; `UNSUPPORTED` when its data have another format
 *   or another number of partitions: one sentence on what to do.
 */
export async function openDataFolder(path: string, partitions: number): Promise<DataFolder> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const real = await realpath(path);
  const lock = await lockFolder(real);
  try {
    await checkInstallation(real, partitions);
  } catch (error) {
    await closed(lock);
    throw error;
  }
  return { path: real, file: (name) => join(real, name), [Symbol.asyncDispose]: () => closed(lock) };
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

async function checkInstallation(path: string, partitions: number): Promise<void> {
  const file = join(path, "installation.json");
  const found = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (found === undefined) return writePrivate(file, `${JSON.stringify({ format: FORMAT, partitions })}\n`);
  const installation = JSON.parse(found) as Installation;
  if (installation.format !== FORMAT) {
    throw new AppError(
      "UNSUPPORTED",
      `the data in ${path} have format ${installation.format}; this version reads format ${FORMAT}`,
    );
  }
  if (installation.partitions !== partitions) {
    throw new AppError(
      "UNSUPPORTED",
      `the data in ${path} were made with PARTITIONS=${installation.partitions}; the number is fixed for ever, so start with that`,
    );
  }
}

/** Writes a file that only its owner may read, whole or not at all, durably. */
export async function writePrivate(file: string, content: string): Promise<void> {
  const draft = `${file}.new`;
  const handle = await open(draft, "w", 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await chmod(draft, 0o600);
  await rename(draft, file);
}
