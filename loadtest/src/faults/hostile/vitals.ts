import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { text } from "./bytes.ts";
import { handshakeLines, head } from "./dialogue.ts";
import type { Ground } from "./ground.ts";
import { Peer } from "./peer.ts";

const ASK_MAX_MS = 15_000;
const MIB = 1024 * 1024;

/** What the server's process says of itself, by series as in its metrics. */
export type Metrics = ReadonlyMap<string, number>;

export async function readMetrics({ server }: Ground): Promise<Metrics> {
  const response = await fetch(server.metrics, { signal: AbortSignal.timeout(ASK_MAX_MS) });
  const lines = (await response.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line): [string, number] => [
      line.slice(0, line.lastIndexOf(" ")),
      Number(line.slice(line.lastIndexOf(" "))),
    ]),
  );
}

/** How much a series grew. */
export function grown(before: Metrics, after: Metrics, series: string): number {
  return (after.get(series) ?? 0) - (before.get(series) ?? 0);
}

/**
 * Memory after everything that is garbage was collected, MiB, and file descriptors and connections. `anonymousMib`:
 * what is resident without pages of files, which journal and store map and the system may take back; the whole
 * where the system does not tell.
 */
export type Vitals = {
  readonly residentMib: number;
  readonly anonymousMib: number;
  readonly heapMib: number;
  readonly fds: number;
  readonly connections: number;
};

/** The settings with which a server can be told to collect garbage, on a free port of this machine. */
export async function inspectable(
  env: NodeJS.ProcessEnv,
): Promise<{ readonly env: NodeJS.ProcessEnv; readonly port: number }> {
  const probe = createServer();
  const port = await new Promise<number>((resolve) => {
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  await new Promise((resolve) => probe.close(resolve));
  return { port, env: { ...env, NODE_OPTIONS: `${env["NODE_OPTIONS"] ?? ""} --inspect=127.0.0.1:${port}` } };
}

/** Collects the server's garbage, through the inspector, and reads what is left. */
export async function vitalsOf(ground: Ground, inspectorPort: number): Promise<Vitals> {
  const pid = await inspected(inspectorPort);
  const metrics = await readMetrics(ground);
  const of = (series: string): number => metrics.get(series) ?? Number.NaN;
  const residentMib = of("process_resident_memory_bytes") / MIB;
  return {
    residentMib,
    anonymousMib: (await anonymousMibOf(pid)) ?? residentMib,
    heapMib: of("nodejs_heap_size_used_bytes") / MIB,
    fds: of("process_open_fds"),
    connections: of("guildhall_gateway_connections"),
  };
}

async function anonymousMibOf(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kib = /^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1];
  return kib === undefined ? undefined : Number(kib) / 1_024;
}

/** Twice: what the first collection set free may hold on to more. */
const ORDERS = [
  { id: 1, method: "HeapProfiler.collectGarbage" },
  { id: 2, method: "HeapProfiler.collectGarbage" },
  { id: 3, method: "Runtime.evaluate", params: { expression: "process.pid" } },
];

/** Collects garbage; the id of the process. */
async function inspected(port: number): Promise<number> {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as readonly {
    readonly id: string;
  }[];
  const peer = await Peer.open({ host: "127.0.0.1", port });
  let heard = "";
  peer.onBytes = (bytes) => {
    heard += bytes.toString("latin1");
  };
  const [, ...lines] = handshakeLines("json").filter((line) => !line.startsWith("Sec-WebSocket-Protocol"));
  peer.write(head([`GET /${targets[0]?.id ?? ""} HTTP/1.1`, ...lines]));
  await peer.until(() => heard.includes("\r\n\r\n") || peer.end !== undefined, ASK_MAX_MS);
  for (const order of ORDERS) {
    peer.write(text(JSON.stringify(order)));
    await peer.until(() => heard.includes(`"id":${order.id}`) || peer.end !== undefined, ASK_MAX_MS);
  }
  await peer.until(() => PID.test(heard) || peer.end !== undefined, ASK_MAX_MS);
  peer.hangUp();
  const pid = PID.exec(heard)?.[1];
  if (pid === undefined) throw new Error("the inspector did not collect garbage");
  return Number(pid);
}

const PID = /"value":(\d+)/;
