import { createHash } from "node:crypto";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "@guildhall/kernel";

/**
 * Keeps every other process out of the data folder at the real path `path` until disposed, or until this process ends
 * in whatever way. Holds a local socket named after the folder. The system takes it back when the process ends, so that
 * nothing stale can stay behind: on Linux it lives in no file system, on Windows it is a named pipe.
 *
 * @throws AppError `CONFLICT` when another process has it.
 */
export async function lockFolder(path: string): Promise<AsyncDisposable> {
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
  return { [Symbol.asyncDispose]: () => closed(server) };
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
