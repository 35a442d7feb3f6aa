import { readFile } from "node:fs/promises";
import { sleep } from "@guildhall/kernel";
import { LIMITS } from "@guildhall/proto/tables";
import { until } from "@guildhall/testkit";
import type { MortalServer } from "../server.ts";
import type { Workload } from "../workload/workload.ts";

/** What a short run does beside speaking. */
export type Phase = "cuts" | "slow" | "restart";

const CUTS = 12;
const BETWEEN_CUTS_MS = 80;
const REPEATED = 60;
const ANSWERED_MAX_MS = 60_000;
const ANSWERED_BEFORE = 40;
/** What a reader that stopped may leave in our process and on the way to it, beyond the kernel's buffers, bytes. */
const BEYOND_BYTES = 2 * 1024 * 1024;
/** Taken where the kernel does not say how large its buffers grow. */
const KERNEL_BYTES = 4 * 1024 * 1024;
/** The least that a text of LIMITS.textMaxCodePoints three-byte characters has on the wire. */
const TEXT_BYTES = 11_000;
const FILL_MAX_MS = 120_000;
const AFTER_MS = 300;

export type Stage = { readonly server: MortalServer; readonly workload: Workload };

export const PHASES: Readonly<Record<Phase, (stage: Stage) => Promise<void>>> = { cuts, slow, restart };

/** Connections are lost while others speak: each resumes from where it stood. */
async function cuts({ workload }: Stage): Promise<void> {
  for (let i = 0; i < CUTS; i++) {
    workload.devices[i % workload.devices.length]?.cut();
    await sleep(BETWEEN_CUTS_MS);
    await workload.ready();
  }
}

/** One device reads nothing until more waits for it than kernel and server hold, then goes on. */
async function slow({ workload }: Stage): Promise<void> {
  const [device] = workload.devices;
  if (device === undefined) throw new Error("no device");
  const before = workload.speakers.map(({ manner }) => manner);
  await device.pause();
  const large = { textLength: LIMITS.textMaxCodePoints, filler: "€", repeat: 0, reuse: 0, read: 0 };
  for (const speaker of workload.speakers) speaker.manner = { ...speaker.manner, ...large };
  const { answered } = workload;
  const messages = Math.ceil(((await kernelBytes()) + BEYOND_BYTES) / TEXT_BYTES);
  await until(() => workload.answered - answered >= messages, FILL_MAX_MS);
  workload.speakers.forEach((speaker, i) => {
    speaker.manner = before[i] ?? speaker.manner;
  });
  device.resume();
  await sleep(AFTER_MS);
  await workload.ready();
}

/** The server is killed and started again; what was answered before is repeated. */
async function restart({ server, workload }: Stage): Promise<void> {
  const { answered } = workload;
  await until(() => workload.answered - answered >= ANSWERED_BEFORE, ANSWERED_MAX_MS);
  await server.kill();
  await server.start();
  await workload.ready();
  for (const speaker of workload.speakers) speaker.repeatNewest(REPEATED);
}

/** The most that the kernel keeps for a reader that has stopped: the window of one that never read stays small. */
async function kernelBytes(): Promise<number> {
  const text = await readFile("/proc/sys/net/ipv4/tcp_wmem", "utf8").catch(() => "");
  const bytes = Number(text.trim().split(/\s+/)[2] ?? Number.NaN);
  return Number.isFinite(bytes) && bytes > 0 ? bytes : KERNEL_BYTES;
}
