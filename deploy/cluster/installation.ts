import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateSigningKey } from "@guildhall/token";

/** Files of an installation that are no data: those keep the servers. */
export const files = (folder: string) => ({
  tokenKey: join(folder, "token-key.json"),
  operator: join(folder, "operator.json"),
  socket: join(folder, "permission.sock"),
  installation: join(folder, "installation.json"),
});

/** What the kernel takes as the name of a Unix domain socket. */
const SOCKET_MAX_BYTES = 107;

/**
 * Makes the folder, readable by its owner only, with the key of tokens; at the first start the number of partitions
 * is written down, because it must stay the same for ever.
 * @throws Error with a sentence: another number of partitions, or a path too long for a socket.
 */
export async function openInstallation(folder: string, partitions: number): Promise<void> {
  const { tokenKey, socket, installation } = files(folder);
  if (Buffer.byteLength(socket) > SOCKET_MAX_BYTES) {
    throw new Error(`${socket} is too long for a socket: name a shorter folder with --folder`);
  }
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const known = await readIfThere(installation);
  const before = known === undefined ? partitions : (JSON.parse(known) as { partitions: number }).partitions;
  if (before !== partitions) {
    throw new Error(`the installation has ${before} partitions, for ever, and not ${partitions}`);
  }
  await writeFile(installation, `${JSON.stringify({ partitions })}\n`, { mode: 0o600 });
  if ((await readIfThere(tokenKey)) === undefined) {
    await writeFile(tokenKey, JSON.stringify(await generateSigningKey()), { mode: 0o600, flag: "wx" });
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}
