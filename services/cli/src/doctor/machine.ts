import { readFile, statfs } from "node:fs/promises";
import { type Check, type Finding, ok, warn, wrong } from "./finding.ts";
import { isAtLeast } from "./version.ts";

/** What the operating system says. Tests put their own in its place. */
export type Machine = {
  readonly nodeVersion: string;
  /** A text file, or undefined where there is none. */
  text(path: string): Promise<string | undefined>;
  /** Bytes free for this user, and in all, of the disk under a path. */
  room(path: string): Promise<{ readonly free: number; readonly total: number }>;
};

export const thisMachine: Machine = {
  nodeVersion: process.versions.node,
  text: (path) => readFile(path, "utf8").catch(() => undefined),
  async room(path) {
    const { bavail, blocks, bsize } = await statfs(path);
    return { free: bavail * bsize, total: blocks * bsize };
  },
};

const NODE_LEAST = "20.19";
/** Files a process may have open: a connection is one. */
const FILES_LEAST = 65_536;
/** Files all processes may have open. */
const ALL_FILES_LEAST = 1_000_000;
/** Connections that wait to be taken: a wave of reconnects is longer than the 128 of old kernels. */
const WAITING_LEAST = 1_024;
/** What Cassandra's own start script asks for. */
const MAPS_LEAST = 1_048_575;

const FROM_HERE = "cannot be seen from here";

/** Checks of the machine this runs on. `servers`: which of the servers run on it too. */
export function machineChecks(
  machine: Machine,
  servers: { readonly cassandra: boolean; readonly redis: boolean },
): Check[] {
  const mend = "look at it by hand";
  const check = (name: string, look: () => Promise<readonly Finding[]>): Check => ({ name, mend, look });
  return [
    check("node", async () => [judgeNode(machine.nodeVersion)]),
    check("limits", async () => [
      judgeOpenFiles(await machine.text("/proc/self/limits")),
      judgeNumber(await machine.text("/proc/sys/fs/file-max"), "fs.file-max", ALL_FILES_LEAST),
      judgeNumber(await machine.text("/proc/sys/net/core/somaxconn"), "net.core.somaxconn", WAITING_LEAST),
      ...(servers.cassandra
        ? [judgeNumber(await machine.text("/proc/sys/vm/max_map_count"), "vm.max_map_count", MAPS_LEAST)]
        : []),
      ...(servers.cassandra || servers.redis
        ? [judgeHugePages(await machine.text("/sys/kernel/mm/transparent_hugepage/enabled"))]
        : []),
    ]),
  ];
}

function judgeNode(version: string): Finding {
  if (isAtLeast(version, NODE_LEAST)) return ok(`Node ${version}`);
  return wrong(`Node ${version} is older than ${NODE_LEAST}`, `install Node ${NODE_LEAST} or newer`);
}

function judgeOpenFiles(limits: string | undefined): Finding {
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits ?? "")?.[1];
  if (soft === undefined) return ok(`open files of a process: ${FROM_HERE}`);
  const words = `a process may have ${soft} files open`;
  if (soft === "unlimited" || Number(soft) >= FILES_LEAST) return ok(words);
  return warn(
    `${words}, and a connection is one`,
    `LimitNOFILE=1048576 in the unit of the service, or ulimit -n 1048576 before its start (this shell's limit is shown)`,
  );
}

function judgeNumber(text: string | undefined, name: string, least: number): Finding {
  const value = Number.parseInt(text ?? "", 10);
  if (Number.isNaN(value)) return ok(`${name}: ${FROM_HERE}`);
  if (value >= least) return ok(`${name} is ${value}`);
  return warn(`${name} is ${value}, less than ${least}`, `sysctl -w ${name}=${least}, and the same in /etc/sysctl.d/`);
}

function judgeHugePages(text: string | undefined): Finding {
  const mode = /\[(\w+)\]/.exec(text ?? "")?.[1];
  if (mode === undefined) return ok(`transparent huge pages: ${FROM_HERE}`);
  if (mode !== "always") return ok(`transparent huge pages: ${mode}`);
  return warn(
    "transparent huge pages: always; Redis and Cassandra stall on them",
    "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled, at every start of the machine",
  );
}

/** Sends are refused below it. */
const REFUSED_BYTES = 64 * 2 ** 20;
/** What the journal may grow to when nothing else is said. */
const JOURNAL_BYTES = 2 * 2 ** 30;

/** Judges the disk under a data folder. */
export function judgeRoom({ free, total }: { readonly free: number; readonly total: number }): Finding {
  const words = `${Math.floor(free / 2 ** 20)} MiB of ${Math.floor(total / 2 ** 20)} MiB are free`;
  const mend = "make room on the disk, or take a larger one";
  if (free < REFUSED_BYTES) return wrong(`${words}: sends are refused below 64 MiB`, mend);
  if (free < JOURNAL_BYTES) return warn(`${words}: less than the journal may grow by`, mend);
  return free < total / 20 ? warn(`${words}: less than a twentieth`, mend) : ok(words);
}
