import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Local ports of the TCP connections that a process has now, of IPv4. */
export function portsOf(pid: number): ReadonlySet<number> {
  const inodes = new Set(readdirSync(`/proc/${pid}/fd`).map((fd) => inodeOf(`/proc/${pid}/fd/${fd}`)));
  const ports = new Set<number>();
  for (const row of readFileSync(`/proc/${pid}/net/tcp`, "utf8").split("\n").slice(1)) {
    const [, local = "", , , , , , , , inode = ""] = row.trim().split(/\s+/);
    if (inodes.has(inode)) ports.add(Number.parseInt(local.slice(local.indexOf(":") + 1), 16));
  }
  return ports;
}

/** Of a socket; empty for anything else, and for what has been closed meanwhile. */
function inodeOf(path: string): string {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(path))?.[1] ?? "";
  } catch {
    return "";
  }
}
