import { chmod, lstat, unlink } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import type { Decisions } from "../decide.ts";
import { Connection } from "./connection.ts";

/** Processes of one host that ask. More are refused by closing them. */
const CONNECTIONS_MAX = 256;
/** Only the user that runs the sidecar may ask it. */
const SOCKET_MODE = 0o600;
/** What the kernel takes; a longer path would be cut short without a word. */
const PATH_MAX_BYTES = 107;

/**
 * Answers on a Unix domain socket at `path`. A socket there that nobody serves is taken away first.
 * Disposing it cuts every connection and removes the socket.
 * @throws Error when another process serves that socket, something else is at `path`, or it cannot be made.
 */
export async function serve(
  path: string,
  decisions: Decisions,
  onError: (error: unknown) => void,
): Promise<AsyncDisposable> {
  if (Buffer.byteLength(path) > PATH_MAX_BYTES) throw new Error(`${path} is longer than ${PATH_MAX_BYTES} bytes`);
  await clear(path);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    new Connection(socket, decisions, onError);
  });
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  server.on("error", onError);
  await chmod(path, SOCKET_MODE);

  return {
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Takes away a socket that was left by a process that ended. */
async function clear(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error(`${path} is there already and is no socket`);
  if (await isServed(path)) throw new Error(`another process already answers on ${path}`);
  await unlink(path);
}

function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const done = (served: boolean) => {
      socket.destroy();
      resolve(served);
    };
    socket.once("connect", () => done(true));
    socket.once("error", () => done(false));
  });
}
