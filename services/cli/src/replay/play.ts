import { GuildhallError } from "@guildhall/client";
import type { Committed } from "@guildhall/proto";
import type { Cast, Step } from "./cast.ts";
import type { LogLine } from "./log.ts";
import type { ReplayOptions } from "./options.ts";
import type { Player, Stage } from "./stage.ts";

/** Lines of one person that may be on their way at once. */
const PIPELINED_MAX = 32;
const PROGRESS_EVERY = 200;
const MINUTE_MS = 60_000;

/** What became of the lines. */
export type Played = {
  readonly byType: Readonly<Record<LogLine["type"], number>>;
  readonly refused: Readonly<Record<string, number>>;
  /** Lines that were answered otherwise than they must be. */
  readonly wrong: readonly string[];
  /** Seq of the newest event. */
  readonly head: number;
  readonly ms: number;
};

/**
 * Makes everybody speak and act as the log says, in its order: nobody's line is sent before the ones of others before
 * it are answered. @throws GuildhallError where a subscription after a join fails.
 */
export async function play(cast: Cast, stage: Stage, options: ReplayOptions): Promise<Played> {
  const byType = { message: 0, action: 0, join: 0, leave: 0, rename: 0 };
  const refused: Record<string, number> = {};
  const wrong: string[] = [];
  const ready = new Map<number, Promise<unknown>>();
  const dueMs = timetable(cast.steps, options.speed);
  let head = stage.start;
  let underWay: Promise<void>[] = [];
  let speaker = -1;
  const startedMs = performance.now();

  async function perform(step: Step, number: number, player: Player): Promise<void> {
    const outcome = await act(step.line, player);
    const got = outcome instanceof GuildhallError ? outcome.code : undefined;
    if (got !== step.refusal) {
      wrong.push(
        `line ${number + 1} (${step.line.type}): ${got ?? "accepted"} instead of ${step.refusal ?? "accepted"}`,
      );
    }
    if (got !== undefined) refused[got] = (refused[got] ?? 0) + 1;
    if (outcome instanceof GuildhallError) return;
    head = Math.max(head, outcome.s);
    if (step.line.type === "join") {
      player.follower.begin(outcome.s);
      ready.set(step.person, player.group.subscribe({ after: outcome }));
    }
  }

  for (const [number, step] of cast.steps.entries()) {
    const player = stage.players[step.person];
    if (player === undefined) continue;
    if (step.person !== speaker || underWay.length >= PIPELINED_MAX) {
      await Promise.all(underWay);
      underWay = [];
      speaker = step.person;
      await ready.get(step.person);
    }
    await pause((dueMs[number] ?? 0) - (performance.now() - startedMs));
    byType[step.line.type]++;
    underWay.push(perform(step, number, player));
    if ((number + 1) % PROGRESS_EVERY === 0) options.progress(`${number + 1} of ${cast.steps.length} lines`);
    if (step.line.type === "join") {
      await Promise.all(underWay);
      underWay = [];
    }
  }
  await Promise.all(underWay);
  await Promise.all(ready.values());
  return { byType, refused, wrong, head, ms: performance.now() - startedMs };
}

/** Does what a line says. Resolves with the refusal too; what is no answer of the server rejects. */
async function act(line: LogLine, { group }: Player): Promise<Committed | GuildhallError> {
  try {
    if (line.type === "message") return await group.send(line.text);
    if (line.type === "action") return await group.action(line.text);
    if (line.type === "join") return await group.join({ nick: line.nick });
    if (line.type === "leave") return await group.leave();
    return await group.nick(line.to);
  } catch (error) {
    if (error instanceof GuildhallError) return error;
    throw error;
  }
}

/** When each line is due, ms after the first; lines of one minute are spread over it evenly. */
export function timetable(steps: readonly Step[], speed: number | undefined): readonly number[] {
  if (speed === undefined) return [];
  const perMinute = new Map<number, number>();
  for (const { line } of steps) perMinute.set(line.minute, (perMinute.get(line.minute) ?? 0) + 1);
  const first = steps[0]?.line.minute ?? 0;
  const seen = new Map<number, number>();
  return steps.map(({ line }) => {
    const before = seen.get(line.minute) ?? 0;
    seen.set(line.minute, before + 1);
    return ((line.minute - first + before / (perMinute.get(line.minute) ?? 1)) * MINUTE_MS) / speed;
  });
}

async function pause(ms: number): Promise<void> {
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}
