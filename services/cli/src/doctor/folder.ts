import { existsSync } from "node:fs";
import { open, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { FORMAT, type Installation, lockFolder, readInstallation } from "@guildhall/installation";
import { AppError } from "@guildhall/kernel";
import { openFolder } from "../installation/folder.ts";
import { type Check, type Finding, ok, warn, wrong } from "./finding.ts";
import { judgeRoom, type Machine } from "./machine.ts";
import { judgeJournal, judgeRows } from "./rows.ts";

/** How long the data themselves are read: less than a check may take. */
const READ_MAX_MS = 4_000;
/** What stands in front of what lmdb says of its own form, and the forms that this version's lmdb reads. */
const LMDB_MAGIC = 0xbe_ef_c0_de;
const LMDB_FORMS: ReadonlySet<number> = new Set([1, 2]);
/** Others may read what has these bits. */
const OTHERS = 0o077;

const RESTORE = "restore the folder from a backup";

/** Checks of an embedded installation. */
export function folderChecks(path: string, machine: Machine, nowMs: () => number): Check[] {
  if (!existsSync(path)) {
    const mend = "set GUILDHALL_DATA or --data to the folder, or start the server: it makes one";
    return [{ name: "folder", mend, look: async () => [wrong(`there is no folder ${path}`, mend)] }];
  }
  return [
    { name: "folder", mend: RESTORE, look: () => lookAtFolder(path) },
    { name: "disk", mend: "look at it by hand", look: async () => [judgeRoom(await machine.room(path))] },
    { name: "data", mend: RESTORE, look: () => lookAtData(path, nowMs) },
  ];
}

async function lookAtFolder(path: string): Promise<Finding[]> {
  const installation = await readInstallation(path);
  const findings = [await judgeMode(path, "the data folder"), judgeInstallation(installation)];
  for (const file of ["token-key.json", "operator.json"]) findings.push(await judgeFile(path, file));
  for (const part of ["journal", "store"]) findings.push(...(await lookAtLmdb(join(path, part, "data.mdb"), part)));
  return findings;
}

function judgeInstallation(found: Partial<Installation> | undefined): Finding {
  if (found === undefined) return ok("nothing has been started in it yet");
  const { format, from, partitions } = found;
  if (format === undefined)
    return warn("it holds keys of a cluster, whose data are on servers", "look at these with doctor --cluster");
  if (format > FORMAT) {
    return wrong(
      `the data have format ${format}; this version reads up to ${FORMAT}`,
      "start the version that made them",
    );
  }
  if (from !== undefined) return warn(`the change from format ${from} was broken off`, "start the server: it goes on");
  if (format < FORMAT) {
    return warn(
      `the data have format ${format}, this version's is ${FORMAT}`,
      "start the server: it keeps a copy and changes them; the copy needs as much room as they have",
    );
  }
  return ok(`format ${format}, ${partitions} partitions`);
}

async function judgeMode(path: string, name: string): Promise<Finding> {
  const { mode } = await stat(path);
  const bits = (mode & 0o777).toString(8);
  return (mode & OTHERS) === 0
    ? ok(`${name} is for its owner only`)
    : warn(`${name} has mode ${bits}: others may look in`, `chmod go= ${path}`);
}

async function judgeFile(path: string, file: string): Promise<Finding> {
  if (existsSync(join(path, file))) return judgeMode(join(path, file), file);
  if (!existsSync(join(path, "journal", "data.mdb"))) return ok(`${file}: the first start makes it`);
  return file === "operator.json"
    ? ok("operator.json: nobody has claimed the operator's key yet")
    : warn(
        `${file} is not there: everybody will have to sign in again`,
        "put it back from a backup before the next start",
      );
}

/** What lmdb wrote at the beginning of its file. */
async function lookAtLmdb(file: string, part: string): Promise<Finding[]> {
  if (!existsSync(file)) return [];
  const handle = await open(file, "r");
  try {
    const head = Buffer.alloc(64);
    await handle.read(head, 0, head.length, 0);
    const at = [...Array(14).keys()].map((i) => i * 4).find((offset) => head.readUInt32LE(offset) === LMDB_MAGIC);
    if (at === undefined) return [wrong(`${part}/data.mdb is not a file of lmdb`, RESTORE)];
    const form = head.readUInt32LE(at + 4) & 0xff;
    if (LMDB_FORMS.has(form)) return [ok(`${part}: lmdb data of version ${form}`)];
    return [wrong(`${part}: lmdb data of version ${form}, which is not known`, "start the version that made them")];
  } finally {
    await handle.close();
  }
}

/** Reads journal and store, for as long as a check may take, while no server has them. */
async function lookAtData(path: string, nowMs: () => number): Promise<Finding[]> {
  const real = await realpath(path);
  const installation = await readInstallation(path);
  if (installation === undefined) return [ok("nothing to read yet")];
  if (installation.format !== FORMAT || installation.from !== undefined) return [ok("not read: another format")];
  for (const part of ["journal", "store"]) {
    if (!existsSync(join(path, part, "data.mdb"))) {
      const mend = part === "journal" ? `${RESTORE}; without it a start begins a new epoch` : RESTORE;
      return [wrong(`there is no ${part}`, mend)];
    }
    // lmdb may take the process with it when it opens what is not its own.
    const [form] = await lookAtLmdb(join(path, part, "data.mdb"), part);
    if (form?.state !== "ok") return [ok(`not read: ${part}/data.mdb cannot be opened`)];
  }
  const lock = await lockFolder(real).catch((error: unknown) => {
    if (error instanceof AppError && error.code === "CONFLICT") return undefined;
    throw error;
  });
  if (lock === undefined) return [ok("a server runs on it, so journal and store were not read: stop it for that")];
  try {
    await using side = await openFolder(real);
    const endMs = nowMs() + READ_MAX_MS;
    const half = endMs - READ_MAX_MS / 2;
    return [
      ...(await judgeJournal(side, installation.partitions, () => nowMs() < half)),
      ...(await judgeRows(side, () => nowMs() < endMs)),
    ];
  } finally {
    await lock[Symbol.asyncDispose]();
  }
}
