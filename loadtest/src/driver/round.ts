import { type Crowd, deliveriesOf, type Measures } from "./crowd.ts";
import { NO_DELIVERIES } from "./faults.ts";
import type { RoundResult } from "./messages.ts";

/** How often a rate is caught up with. */
const TICK_MS = 2;
/** How long what was sent may take to arrive everywhere after the last send. */
const DRAIN_MAX_MS = 20_000;
const DRAIN_LOOK_MS = 5;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const sum = (crowd: Crowd, of: "sent" | "refused" | "astray" | "waiting"): number =>
  crowd.senders.reduce((total, sender) => total + sender[of], 0);

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

function arrived(crowd: Crowd): boolean {
  return (
    sum(crowd, "waiting") === 0 &&
    crowd.groups.every(({ lanes, newest }) => lanes.every((lane) => lane.hasReached(newest)))
  );
}

/** Waits until everything sent is answered and with everybody, or nothing more came for long. */
async function drain(crowd: Crowd): Promise<void> {
  let untilMs = performance.now() + DRAIN_MAX_MS;
  let { delivered } = deliveriesOf(crowd);
  while (!arrived(crowd) && performance.now() < untilMs) {
    await pause(DRAIN_LOOK_MS);
    const now = deliveriesOf(crowd).delivered;
    if (now === delivered) continue;
    delivered = now;
    untilMs = performance.now() + DRAIN_MAX_MS;
  }
}

/**
 * All speak for some time. At a rate they take turns, the first senders of all groups before the second ones, so
 * that messages are due evenly and those of one group not next to each other.
 */
async function speak(crowd: Crowd, seconds: number, rate: number): Promise<void> {
  const turns = Math.max(0, ...crowd.groups.map(({ senders }) => senders.length));
  const startMs = performance.now();
  const ratePerS = rate / crowd.senders.length;
  let place = 0;
  for (let turn = 0; turn < turns; turn++) {
    for (const { senders } of crowd.groups) {
      senders[turn]?.begin(startMs, ratePerS, rate === 0 ? 0 : (place++ * 1_000) / rate);
    }
  }
  const ticks = setInterval(() => {
    const nowMs = performance.now();
    for (const sender of crowd.senders) sender.fill(nowMs);
  }, TICK_MS);
  await pause(seconds * 1_000);
  clearInterval(ticks);
  for (const sender of crowd.senders) sender.stop();
}

/** Speaks for `seconds`, waits for the last delivery and says what came of it. `rate`: messages a second of all; 0: as fast as the window lets. */
export async function runRound(crowd: Crowd, rate: number, measures: Measures, seconds: number): Promise<RoundResult> {
  for (const lane of crowd.groups.flatMap(({ lanes }) => lanes)) Object.assign(lane.counts, NO_DELIVERIES);
  measures.delivery.reset();
  measures.answer.reset();
  const before = { sent: sum(crowd, "sent"), refused: sum(crowd, "refused"), astray: sum(crowd, "astray") };
  const cpuBefore = cpuSeconds();
  const startMs = performance.now();

  await speak(crowd, seconds, rate);
  await drain(crowd);

  const endMs = performance.now();
  const driverCpuSeconds = cpuSeconds() - cpuBefore;
  for (const { lanes, newest } of crowd.groups) for (const lane of lanes) lane.finish(newest);
  return {
    messages: sum(crowd, "sent") - before.sent,
    deliveries: deliveriesOf(crowd),
    seconds: (endMs - startMs) / 1_000,
    delivery: measures.delivery.summary(),
    answer: measures.answer.summary(),
    refused: sum(crowd, "refused") - before.refused,
    unanswered: sum(crowd, "waiting"),
    astray: sum(crowd, "astray") - before.astray,
    closed: crowd.notes.closed,
    driverCpuSeconds,
    notes: crowd.notes.texts,
  };
}
