import type { Client } from "@guildhall/client";
import { type Event, LIMITS } from "@guildhall/proto";
import { clientOf } from "../signed-in.ts";
import type { Cast } from "./cast.ts";
import { canonical, Fingerprint } from "./fingerprint.ts";
import type { Span } from "./follower.ts";
import type { ReplayOptions } from "./options.ts";
import type { Played } from "./play.ts";
import type { Player, Stage } from "./stage.ts";

/** Nobody has come further for this long: what is missing will not come. */
const STALLED_MS = 30_000;
const LOOK_EVERY_MS = 50;
/** Mistakes told one by one; the rest is only counted. */
const TOLD_MAX = 20;

/** As much of a player, and of a stage, as is compared. */
export type Watched = Pick<Player, "u" | "follower">;
export type Scene = {
  readonly host: Watched;
  readonly players: readonly Watched[];
  readonly silent: readonly Watched[];
  readonly start: number;
};

export type Verdict = {
  readonly missing: number;
  readonly doubled: number;
  readonly reordered: number;
  readonly different: number;
  readonly mistakes: readonly string[];
};

/** Waits until everybody who is a member to the end has the newest event, or nobody comes further. */
export async function untilDelivered(players: readonly Watched[], head: number): Promise<void> {
  let before = -1;
  let sinceMs = performance.now();
  for (;;) {
    const behind = players.filter(({ follower }) => follower.last < head);
    if (behind.length === 0) return;
    const far = behind.reduce((sum, { follower }) => sum + follower.last, 0) - behind.length * head;
    if (far !== before) sinceMs = performance.now();
    else if (performance.now() - sinceMs > STALLED_MS) return;
    before = far;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** Members at the end whose clients must have come to the head. */
export function present(cast: Cast, stage: Scene): readonly Watched[] {
  const members = cast.people.map(({ before }) => before);
  for (const { person, line, refusal } of cast.steps) {
    if (refusal === undefined && line.type === "join") members[person] = true;
    if (refusal === undefined && line.type === "leave") members[person] = false;
  }
  return [stage.host, ...stage.players.filter((_, at) => members[at] === true), ...stage.silent];
}

/** The whole group from 1 to `head`, read by pages over a connection that saw nothing of it. @throws GuildhallError */
export async function readHistory(stage: Stage, head: number, options: ReplayOptions): Promise<readonly Event[]> {
  await using client: Client = clientOf(stage.reader, options);
  const group = client.group(stage.view.g);
  const events: Event[] = [];
  while (events.length < head) {
    const a = events.length + 1;
    const page = await group.history({ a, z: Math.min(head, a + LIMITS.pageMax - 1) });
    if (page.e.length === 0) break;
    events.push(...page.e);
  }
  return events;
}

/** Compares what every member's client told with the history, and the history with the log. */
export function verify(cast: Cast, stage: Scene, played: Pick<Played, "head">, history: readonly Event[]): Verdict {
  const mistakes: string[] = [];
  const texts = history.map(canonical);
  const staying = new Set(present(cast, stage));
  const sum = { missing: 0, doubled: 0, reordered: 0, different: 0 };
  const prints = new Map<string, string>();

  /** The fingerprint of history after `after` up to `last`; many members share one. */
  function expected({ after, last }: Span): string {
    const key = `${after} ${last}`;
    let value = prints.get(key);
    if (value === undefined) {
      const print = new Fingerprint();
      for (const text of texts.slice(after, last)) print.add(text);
      value = print.value;
      prints.set(key, value);
    }
    return value;
  }

  if (history.length !== played.head || history.some((event, at) => event.s !== at + 1)) {
    mistakes.push(`history has ${history.length} events, not each of 1 to ${played.head} in order`);
    sum.missing += Math.max(0, played.head - history.length);
  }
  for (const player of [stage.host, ...stage.players, ...stage.silent]) {
    const { spans, doubled, reordered } = player.follower;
    sum.doubled += doubled;
    sum.reordered += reordered;
    for (const [at, span] of spans.entries()) {
      const toTheEnd = at === spans.length - 1 && staying.has(player);
      const missing = (toTheEnd ? played.head : span.last) - span.after - span.count;
      sum.missing += Math.max(0, missing);
      const different = missing === 0 && span.print.value !== expected(span);
      if (different) sum.different++;
      if (missing !== 0)
        mistakes.push(`member ${player.u} has ${span.count} events after ${span.after}, ${missing} too few`);
      if (different) mistakes.push(`member ${player.u} has other events after ${span.after} than history`);
    }
  }
  const unlike = unlikeLog(cast, stage, history);
  sum.different += unlike.length;
  mistakes.push(...unlike);
  return { ...sum, mistakes: mistakes.slice(0, TOLD_MAX) };
}

/** Where the history after the start is not the log's accepted lines, in order, as UTF-8 and by their authors. */
function unlikeLog(cast: Cast, stage: Scene, history: readonly Event[]): string[] {
  const accepted = cast.steps.filter(({ refusal }) => refusal === undefined);
  const events = history.slice(stage.start);
  const unlike: string[] = [];
  for (let at = 0; at < Math.max(accepted.length, events.length); at++) {
    const step = accepted[at];
    const event = events[at];
    const wanted = step === undefined ? "nothing" : told(step.line, stage.players[step.person]?.u ?? 0);
    const found = event === undefined ? "nothing" : `${event.k} by ${event.u}: ${contentOf(event)}`;
    if (!Buffer.from(wanted).equals(Buffer.from(found)))
      unlike.push(`seq ${stage.start + at + 1} is ${found}, not ${wanted}`);
  }
  return unlike;
}

const KINDS = { message: "text", action: "action", join: "member.join", leave: "member.leave", rename: "member.nick" };

/** A line as the event it must become. */
function told(line: Cast["steps"][number]["line"], u: number): string {
  const content =
    line.type === "message" || line.type === "action"
      ? { t: line.text }
      : line.type === "leave"
        ? { u }
        : { nick: line.type === "join" ? line.nick : line.to, u };
  return `${KINDS[line.type]} by ${u}: ${JSON.stringify(content)}`;
}

function contentOf({ b }: Event): string {
  if (typeof b !== "object" || b === null) return String(b);
  return JSON.stringify(Object.fromEntries(Object.entries(b).sort(([one], [other]) => (one < other ? -1 : 1))));
}
