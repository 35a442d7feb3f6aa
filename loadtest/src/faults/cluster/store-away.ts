import { sleep } from "@guildhall/kernel";
import { ERRORS } from "@guildhall/proto";
import { metricOf } from "../../report/memory.ts";
import type { Size } from "../scenario.ts";
import type { Device } from "../workload/device.ts";
import type { Accident, Scene } from "./accident.ts";

const AWAY_MS: Readonly<Record<Size, number>> = { quick: 15_000, full: 180_000 };
/** Of the default a tenth; in the quick form what it takes 5 s of load to fill. Rows of a second fit under either. */
const MEMORY_KIB: Readonly<Record<Size, number>> = { quick: 256, full: 1_638 };
/** All that was said meanwhile is stored within so long of its return, ms. */
const STORED_MAX_MS = 60_000;
/** How old the oldest entry that is not stored may be under load: rows of a second go to Cassandra together. */
const LAG_MAX_S = 3;
const LOOK_EVERY_MS = 1_000;
const METRICS_MAX_MS = 10_000;
/** From one page of a group's beginning to the next. */
const PAGE_EVERY_MS = 3_000;
const PAGE_EVENTS = 20;

/** Settings with which bodies leave the owners' memory while Cassandra is away. */
export function shortMemory(size: Size): NodeJS.ProcessEnv {
  return { FANOUT_BACKLOG_MEMORY_KIB: String(MEMORY_KIB[size]) };
}

/**
 * Cassandra does nothing for long. Messages go on; what waits for it leaves the owners' memory, and is read from the
 * journal again and stored when it is back. Old pages are refused meanwhile.
 */
export const storeAway: Omit<Accident, "stallMaxMs"> = {
  name: "Cassandra stopped",
  times: { quick: 1, full: 1 },
  async happen(scene) {
    const { system, workload, size } = scene;
    // A page of history waits for it, and would keep messages from being sent.
    const manners = workload.speakers.map((speaker) => speaker.manner);
    for (const speaker of workload.speakers) speaker.manner = { ...speaker.manner, read: 0 };
    const before = await waitingIn(system.fanouts);
    system.sleep("cassandra");
    const refused = oldPages(scene, performance.now() + AWAY_MS[size]);
    await sleep(AWAY_MS[size]);
    await refused;
    const away = await waitingIn(system.fanouts);
    system.wake("cassandra");
    const tookMs = await stored(scene);
    for (const [i, speaker] of workload.speakers.entries()) speaker.manner = manners[i] ?? speaker.manner;
    const reread = (await waitingIn(system.fanouts)).reread - before.reread;
    const mib = (away.goneBytes / 2 ** 20).toFixed(1);
    scene.note(
      `Cassandra stopped: ${mib} MiB were in the journal only, ${reread} records were read again, all stored ${tookMs} ms after its return`,
    );
    if (away.goneBytes === 0 || reread <= 0)
      scene.violate("Cassandra stopped: nothing left the owners' memory, so nothing was read from the journal again");
  },
};

/** What the fanouts say of what waits for the store. */
type Waiting = { readonly goneBytes: number; readonly reread: number; readonly lagS: number };

async function waitingIn(fanouts: readonly string[]): Promise<Waiting> {
  const texts = await Promise.all(
    fanouts.map(async (metrics) => {
      const response = await fetch(metrics, { signal: AbortSignal.timeout(METRICS_MAX_MS) });
      return await response.text();
    }),
  );
  const all = (name: string) => texts.map((text) => metricOf(text, `guildhall_fanout_${name}`));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    goneBytes: sum(all("backlog_gone_bytes")),
    reread: sum(all("records_reread_total")),
    lagS: Math.max(...all("store_lag_seconds")),
  };
}

/** Waits until all is stored but what comes at the moment, and says how long that took, ms. */
async function stored({ system, violate }: Scene): Promise<number> {
  const begunMs = performance.now();
  for (;;) {
    const { goneBytes, lagS } = await waitingIn(system.fanouts);
    const tookMs = Math.round(performance.now() - begunMs);
    if (goneBytes === 0 && lagS < LAG_MAX_S) return tookMs;
    if (tookMs > STORED_MAX_MS) {
      violate(
        `Cassandra stopped: ${tookMs} ms after its return the store is ${lagS.toFixed(1)} s behind, and ${goneBytes} bytes are in the journal only`,
      );
      return tookMs;
    }
    await sleep(LOOK_EVERY_MS);
  }
}

/** Asks for the beginning of groups until `untilMs`: who does not have it any more says UNAVAILABLE, and nothing else. */
async function oldPages({ workload, random, violate, note }: Scene, untilMs: number): Promise<void> {
  const counts = { refused: 0, answered: 0 };
  while (performance.now() < untilMs) {
    const device: Device = random.pick(workload.devices);
    const g = random.pick(workload.groups);
    const answer = await device.page(g, { a: 1, z: PAGE_EVENTS });
    if (answer === ERRORS.UNAVAILABLE.c) counts.refused++;
    else if (typeof answer === "object") counts.answered++;
    else if (answer !== undefined) violate(`Cassandra stopped: an old page was refused with ${answer}`);
    await sleep(PAGE_EVERY_MS);
  }
  note(`Cassandra stopped: ${counts.refused} old pages were refused, ${counts.answered} came from gateways' memory`);
  if (counts.refused === 0) violate("Cassandra stopped: no page was old enough to be refused");
}
