import { setTimeout as sleep } from "node:timers/promises";
import { kernelTcpMib, metricOf, ownMemoryMib } from "../measured.ts";
import type { Crowd } from "./crowd.ts";
import { READERS } from "./crowd.ts";
import type { FromReaders } from "./messages.ts";
import type { Recovered } from "./reader.ts";
import type { Pace } from "./speaker.ts";

const LOOK_EVERY_MS = 250;
const SETTLE_MS = 1_000;
/** The longest a stopped reader may stay. */
export const CLOSED_MAX_S = 35;
/** How long the second half stays away in the stir, so that it has missed too much for a replay. */
const STIR_MS = 4_000;
/**
 * Half of the readers come back in the calm, at most 100 messages a second, and the others after the stir. It is calm
 * from the first close on: who is closed first must not have missed more than is replayed before the last one is.
 */
const CALM: Pace = { perSecond: 95, bytes: 200 };
const STIR: Pace = { perSecond: 300, bytes: 1_500 };
const HALF = READERS / 2;
const SLOW_CLOSES = "guildhall_gateway_slow_closes_total";

export type RoundPlan = {
  readonly pace: Pace;
  readonly readingMs: number;
  /** How many of the second half read what a gap has left out. */
  readonly pages: number;
};

/** Delivery to the others, ms, and the server's own memory at its most, MiB. */
export type Phase = { readonly p99: number; readonly count: number; readonly mib: number };

export type Round = {
  readonly plan: RoundPlan;
  /** What each was sent from the stop to the first close. */
  readonly bytesPerS: number;
  /** Everybody reads: before the stop, and after the return. */
  readonly reading: Phase;
  readonly again: Phase;
  /** Delivery from the stop to the first close, memory to the last one. */
  readonly stopped: Phase;
  /** From the stop to the first and the last close, s; how many were closed within 35 s. */
  readonly firstClosedS: number;
  readonly lastClosedS: number;
  readonly closed: number;
  readonly kernelMib: number;
  /** Who came back in the calm, and who after the stir. */
  readonly calm: readonly Recovered[];
  readonly stirred: readonly Recovered[];
};

/** Everybody reads; the readers stop until each has been closed; half of them come back at once and half later. */
export async function stopRound(crowd: Crowd, plan: RoundPlan): Promise<Round> {
  const { server, speaker } = crowd;
  const reading = await everybodyReads(crowd, plan);
  const kernelBefore = await kernelTcpMib();
  const closesBefore = await metricOf(server.metrics, SLOW_CLOSES);
  const bytesBefore = speaker.sentBytes;
  const startMs = performance.now();
  const seconds = (): number => (performance.now() - startMs) / 1_000;
  let [closed, firstClosedS, lastClosedS, kernelMib, bytesPerS] = [0, 0, 0, 0, 0];
  let p99 = 0;
  const stopped = await phase(crowd, async (look) => {
    await crowd.ask({ kind: "stop" });
    while (closed < READERS && seconds() < CLOSED_MAX_S + 1) {
      await look();
      kernelMib = Math.max(kernelMib, (await kernelTcpMib()) - kernelBefore);
      const now = (await metricOf(server.metrics, SLOW_CLOSES)) - closesBefore;
      if (closed === 0 && now > 0) {
        firstClosedS = seconds();
        bytesPerS = (speaker.sentBytes - bytesBefore) / firstClosedS;
        p99 = crowd.delivery.summary().p99;
        speaker.pace(CALM);
      }
      if (now > closed) lastClosedS = seconds();
      closed = now;
    }
  });
  crowd.say(`${closed} closed after ${firstClosedS.toFixed(1)} to ${lastClosedS.toFixed(1)} s`);
  const calm = await recover(crowd, 0, HALF, 0);
  crowd.say(`${calm.length} are back in the calm`);
  speaker.pace(STIR);
  await sleep(STIR_MS);
  speaker.pace(CALM);
  const stirred = await recover(crowd, HALF, READERS, plan.pages);
  const again = await everybodyReads(crowd, plan);
  return {
    plan,
    bytesPerS,
    reading,
    again,
    stopped: { ...stopped, p99 },
    firstClosedS,
    lastClosedS,
    closed,
    kernelMib,
    calm,
    stirred,
  };
}

async function everybodyReads(crowd: Crowd, { pace, readingMs }: RoundPlan): Promise<Phase> {
  crowd.speaker.pace(pace);
  // What the calm before has left behind is not measured.
  await sleep(SETTLE_MS);
  return await phase(crowd, async (look) => {
    for (let ms = 0; ms < readingMs; ms += LOOK_EVERY_MS) await look();
  });
}

async function recover(crowd: Crowd, from: number, to: number, pages: number): Promise<readonly Recovered[]> {
  return (await crowd.ask<Extract<FromReaders, { kind: "recovered" }>>({ kind: "recover", from, to, pages })).readers;
}

async function phase({ delivery, server }: Crowd, run: (look: () => Promise<void>) => Promise<void>): Promise<Phase> {
  delivery.reset();
  let mib = await ownMemoryMib(server.pid);
  await run(async () => {
    await sleep(LOOK_EVERY_MS);
    mib = Math.max(mib, await ownMemoryMib(server.pid));
  });
  const { p99, count } = delivery.summary();
  return { p99, count, mib };
}
