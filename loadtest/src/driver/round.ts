import type { Crowd, Measures } from "./crowd.ts";
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

function arrived(crowd: Crowd, members: number): boolean {
  return sum(crowd, "waiting") === 0 && crowd.lane.reachedCount(crowd.newest) >= members;
}

/** Waits until everything sent is answered and with everybody, or nothing more came for long. */
async function drain(crowd: Crowd, members: number): Promise<void> {
  let untilMs = performance.now() + DRAIN_MAX_MS;
  let delivered = crowd.lane.counts.delivered;
  while (!arrived(crowd, members) && performance.now() < untilMs) {
    await pause(DRAIN_LOOK_MS);
    if (crowd.lane.counts.delivered === delivered) continue;
    delivered = crowd.lane.counts.delivered;
    untilMs = performance.now() + DRAIN_MAX_MS;
  }
}

/** Speaks for `seconds`, waits for the last delivery and says what came of it. */
export async function runRound(
  crowd: Crowd,
  members: number,
  measures: Measures,
  seconds: number,
): Promise<RoundResult> {
  Object.assign(crowd.lane.counts, NO_DELIVERIES);
  measures.delivery.reset();
  measures.answer.reset();
  const before = { sent: sum(crowd, "sent"), refused: sum(crowd, "refused"), astray: sum(crowd, "astray") };

  const startMs = performance.now();
  for (const sender of crowd.senders) sender.begin(startMs);
  const ticks = setInterval(() => {
    for (const sender of crowd.senders) sender.fill(performance.now());
  }, TICK_MS);
  await pause(seconds * 1_000);
  clearInterval(ticks);
  for (const sender of crowd.senders) sender.stop();
  await drain(crowd, members);
  const endMs = performance.now();
  crowd.lane.finish(crowd.newest);

  return {
    messages: sum(crowd, "sent") - before.sent,
    deliveries: { ...crowd.lane.counts },
    seconds: (endMs - startMs) / 1_000,
    delivery: measures.delivery.summary(),
    answer: measures.answer.summary(),
    refused: sum(crowd, "refused") - before.refused,
    unanswered: sum(crowd, "waiting"),
    astray: sum(crowd, "astray") - before.astray,
    closed: crowd.notes.closed,
    notes: crowd.notes.texts,
  };
}
