import { makeNonce } from "@guildhall/kernel";
import { openSpeaker, type Speaker } from "../../clients/speaker.ts";
import type { Person } from "../../driver/messages.ts";
import { frameOf, groupIn, type Op, outcomeOf, type RunLog, repeatFaults } from "./run-log.ts";
import type { Step } from "./script.ts";

/**
 * Says the rounds of a script, each person one command at a time, and notes what came of them. Ends early when a
 * connection is lost: nobody answers any more. Returns whether it came to the end.
 */
export async function talk(
  url: string,
  people: readonly Person[],
  rounds: readonly (readonly Step[])[],
  log: RunLog,
): Promise<boolean> {
  const speakers: Speaker[] = [];
  try {
    for (const person of people) speakers.push(await openSpeaker(url, person));
  } catch {
    for (const speaker of speakers) speaker.close();
    return false;
  }
  const first = log.ops.reduce((last, { round }) => Math.max(last, round + 1), 0);
  let lost = false;
  for (const [index, steps] of rounds.entries()) {
    const answered = await Promise.all(
      steps.map(async (step) => {
        const speaker = speakers[step.by];
        return speaker === undefined || (await say(step, first + index, speaker, people, log));
      }),
    );
    lost = answered.includes(false);
    if (lost) break;
  }
  for (const speaker of speakers) speaker.close();
  return !lost;
}

/** Whether it was answered, or left out. */
async function say(
  step: Step,
  round: number,
  speaker: Speaker,
  people: readonly Person[],
  log: RunLog,
): Promise<boolean> {
  if (step.again !== undefined) return sayAgain(step.again, speaker, log);
  const request = step.make({
    seq: (label) => seqOf(log, label),
    u: (who) => people[who]?.u ?? 0,
  });
  const g = log.groups.get(step.to);
  if (request === undefined || (g === undefined && request.m !== "group.create")) return true;
  const { label, by, to } = step;
  const op: Op = {
    label,
    round,
    by,
    to,
    nonce: makeNonce(Date.now()),
    request,
    outcome: { kind: "unknown", why: "not answered" },
  };
  log.ops.push(op);
  const answer = await speaker.ask(frameOf(op, g ?? 0, "same"));
  op.outcome = outcomeOf(answer, request);
  const made = request.m === "group.create" ? groupIn(answer) : undefined;
  if (made !== undefined) log.groups.set(to, made);
  return answer.kind !== "lost";
}

async function sayAgain(again: NonNullable<Step["again"]>, speaker: Speaker, log: RunLog): Promise<boolean> {
  const op = log.ops.find(({ label }) => label === again.label);
  if (op?.outcome.kind !== "acked") return true;
  const answer = await speaker.ask(frameOf(op, log.groups.get(op.to) ?? 0, again.body, { rt: 1 }));
  log.violations.push(...repeatFaults(answer, op, again.body));
  return answer.kind !== "lost";
}

function seqOf(log: RunLog, label: string): number | undefined {
  const outcome = log.ops.find((op) => op.label === label)?.outcome;
  return outcome?.kind === "acked" ? outcome.s : undefined;
}
