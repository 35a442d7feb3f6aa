import { makeNonce, sleep } from "@guildhall/kernel";
import type { Committed, GroupsList } from "@guildhall/proto";
import type { Answer, Speaker } from "../../clients/speaker.ts";
import type { Person } from "../../driver/messages.ts";
import { type History, historyFaults, keyOf, membersIn, readAll } from "./history.ts";
import { answered, patiently, patientSpeaker } from "./patiently.ts";
import { frameOf, groupIn, type Op, outcomeOf, type Place, type RunLog, repeatFaults } from "./run-log.ts";
import { ANN, BEN } from "./script.ts";

/** What a record means for other entities is carried out within this time after a start, ms. */
const RELAY_MAX_MS = 10_000;
const RELAY_EVERY_MS = 50;
const OWNER: Readonly<Record<Place, number>> = { A: ANN, B: BEN };

/**
 * Reads everything back from a server that was started again, repeats every command that was answered or may have
 * happened, and says which promises were broken.
 */
export async function verify(url: string, people: readonly Person[], log: RunLog): Promise<string[]> {
  const speakers: Speaker[] = [];
  for (const person of people) speakers.push(await patientSpeaker(url, person));
  try {
    const faults = [...log.violations];
    const before = await readGroups(speakers, log);
    for (const [place, history] of before) {
      faults.push(...historyFaults(history), ...answerFaults(place, history, log), ...orderFaults(place, log));
    }
    for (const op of log.ops) faults.push(...(await repeat(op, before.get(op.to), speakers, log)));
    const after = await readGroups(speakers, log);
    for (const [place, history] of after) {
      faults.push(...historyFaults(history), ...answerFaults(place, history, log));
      faults.push(...(await goesOn(place, history, speakers, log)));
    }
    return [...faults, ...(await listFaults(after, speakers, log))];
  } finally {
    for (const speaker of speakers) speaker.close();
  }
}

async function readGroups(speakers: readonly Speaker[], log: RunLog): Promise<Map<Place, History>> {
  const histories = new Map<Place, History>();
  for (const [place, g] of log.groups) {
    const owner = speakers[OWNER[place]];
    if (owner !== undefined) histories.set(place, await readAll(owner, g));
  }
  return histories;
}

/** What was answered must be there under its seq, what was refused must not. */
function answerFaults(place: Place, { ep, events }: History, log: RunLog): string[] {
  const seqs = new Map(events.flatMap(({ n, s }) => (n === undefined ? [] : [[keyOf(n), s] as const])));
  return log.ops.flatMap((op) => {
    if (op.to !== place || op.request.m === "group.create") return [];
    const { label, outcome } = op;
    const found = seqs.get(keyOf(op.nonce));
    if (outcome.kind === "refused" && found !== undefined) {
      return [`${label} was refused with ${outcome.code} and is there as seq ${found}`];
    }
    if (outcome.kind !== "acked") return [];
    if (found !== outcome.s) return [`${label} was answered with seq ${outcome.s}, and ${found ?? "nothing"} is there`];
    return outcome.ep === ep ? [] : [`${label} was answered in epoch ${outcome.ep}, and it is ${ep} now`];
  });
}

/** Commands of a round were sent when those of the round before had been answered: their seqs are higher. */
function orderFaults(place: Place, log: RunLog): string[] {
  const faults: string[] = [];
  const acked = log.ops.filter(({ to, request }) => to === place && request.m !== "group.create");
  for (const op of acked) {
    const { outcome } = op;
    if (outcome.kind !== "acked") continue;
    const above = acked.find(
      (other) => other.round < op.round && other.outcome.kind === "acked" && other.outcome.s >= outcome.s,
    );
    if (above !== undefined) faults.push(`${op.label} overtook ${above.label}, which had been answered before it`);
  }
  return faults;
}

/** Sends a command once more: its first result, or its first; and then with another body under its nonce. */
async function repeat(
  op: Op,
  history: History | undefined,
  speakers: readonly Speaker[],
  log: RunLog,
): Promise<string[]> {
  const speaker = speakers[op.by];
  const known = log.groups.get(op.to);
  const nowhere = known === undefined && op.request.m !== "group.create";
  if (speaker === undefined || op.outcome.kind === "refused" || nowhere) return [];
  const answer = await answered(speaker, frameOf(op, known ?? 0, "same", { rt: 1 }));
  const faults = op.outcome.kind === "acked" ? ackedFaults(op, answer, known) : unknownFaults(op, answer, history);
  if (op.outcome.kind === "unknown") {
    op.outcome = outcomeOf(answer, op.request);
    const made = op.request.m === "group.create" ? groupIn(answer) : undefined;
    if (made !== undefined) log.groups.set(op.to, made);
  }
  if (op.outcome.kind !== "acked") return faults;
  const other = await answered(speaker, frameOf(op, log.groups.get(op.to) ?? 0, "other", { rt: 1 }));
  return [...faults, ...repeatFaults(other, op, "other")];
}

function ackedFaults(op: Op, answer: Answer, g: number | undefined): string[] {
  const another = op.request.m === "group.create" && groupIn(answer) !== g;
  return [...repeatFaults(answer, op, "same"), ...(another ? [`${op.label} once more made another group`] : [])];
}

/** What may have happened: if it is in the history it must be answered with that, else it may happen now or be refused. */
function unknownFaults(op: Op, answer: Answer, history: History | undefined): string[] {
  if (answer.kind === "lost") return [`${op.label} once more is not answered: ${answer.why}`];
  if (op.request.m === "group.create") return answer.kind === "ok" ? [] : [`${op.label} once more: ${answer.code}`];
  const found = history?.events.find(({ n }) => n !== undefined && keyOf(n) === keyOf(op.nonce));
  if (answer.kind === "err") {
    return found === undefined ? [] : [`${op.label} is there as seq ${found.s}, and once more it is ${answer.code}`];
  }
  const { s, dup } = answer.d as Committed;
  if (found !== undefined && (found.s !== s || dup !== 1))
    return [`${op.label} is there as seq ${found.s}, and again as ${s}`];
  return found === undefined && dup === 1 ? [`${op.label} is not there, and its repeat says that it is`] : [];
}

/** The group takes another message, at the next seq. */
async function goesOn(place: Place, { head }: History, speakers: readonly Speaker[], log: RunLog): Promise<string[]> {
  const owner = speakers[OWNER[place]];
  const g = log.groups.get(place);
  if (owner === undefined || g === undefined) return [];
  const request = { m: "msg.send", a: { k: "text", b: { t: "goes on" } }, other: {} };
  const answer = await answered(owner, frameOf({ nonce: makeNonce(Date.now()), request }, g, "same"));
  const s = answer.kind === "ok" ? (answer.d as Committed).s : 0;
  return s === head + 1 ? [] : [`after seq ${head} group ${place} goes on with ${JSON.stringify(answer)}`];
}

/** Everybody's list of groups, which other entities keep, says the same as the groups themselves. */
async function listFaults(
  histories: ReadonlyMap<Place, History>,
  speakers: readonly Speaker[],
  log: RunLog,
): Promise<string[]> {
  const faults: string[] = [];
  for (const speaker of speakers) {
    const wanted = [...histories]
      .filter(([, { events }]) => membersIn(events).has(speaker.u))
      .map(([place]) => log.groups.get(place) ?? 0);
    const want = wanted.sort((a, b) => a - b).join(" ");
    let have = "";
    for (let waitedMs = 0; waitedMs < RELAY_MAX_MS; waitedMs += RELAY_EVERY_MS) {
      const list = (await patiently(speaker, (i) => ({ t: 7, i, m: "groups.list", a: { lim: 100 } }))) as GroupsList;
      have = list.groups
        .map(({ g }) => g)
        .sort((a, b) => a - b)
        .join(" ");
      if (have === want) break;
      await sleep(RELAY_EVERY_MS);
    }
    if (have !== want) faults.push(`a member of the groups ${want} has the list ${have}`);
  }
  return faults;
}
