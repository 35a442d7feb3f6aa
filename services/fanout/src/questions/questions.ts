import type { Feature, Query } from "@guildhall/entity";
import { GROUP_ROLES, GROUPS, groupFactsOf, MEMBERS, memberFactsOf } from "@guildhall/group";
import { AppError, type Clock } from "@guildhall/kernel";
import {
  type AskRequest,
  askSpec,
  type FactsReply,
  type FactsRequest,
  type LaneEvent,
  type OpenReply,
  type OpenRequest,
} from "@guildhall/proto";
import { checkArgs, decodeEvent } from "@guildhall/wire";
import type { Term } from "../commit/term.ts";
import type { Dispatch } from "../dispatch/dispatch.ts";

/** People asked about in one question. */
const FACTS_MAX = 1_000;

export type QuestionPorts = { readonly term: Term; readonly dispatch: Dispatch; readonly clock: Clock };

/** The queries of all features by method. */
export function queriesOf(features: readonly Feature[]): ReadonlyMap<string, Query> {
  return new Map(features.flatMap(({ queries }) => Object.entries(queries)));
}

/** State of a lane, from what is acknowledged, with every event of it that is not stored and in memory. */
export async function answerOpen({ term, dispatch }: QuestionPorts, { g, l }: OpenRequest): Promise<OpenReply> {
  const lane = await term.lane(g, l);
  const decided = { s: lane.s, pv: lane.pv, m: lane.m, at: lane.at };
  await term.settled();
  const events: readonly LaneEvent[] = dispatch.tails.events(g, l);
  const last = events.at(-1);
  const { ep, term: number } = term;
  const from = events[0]?.s ?? decided.s + 1;
  const lacks = from > (term.unstoredFrom(g, l) ?? from) ? { lacks: dispatch.tails.goneTo } : {};
  const common = { ep, term: number, beacon: dispatch.beacon, stored: dispatch.stored, events, ...lacks };
  // Events acknowledged since the head was read are in the tail; its newest one is then the head.
  if (last === undefined || last.s <= decided.s) return { ...common, ...decided };
  return { ...common, s: last.s, pv: last.pv, m: decodeEvent(last.bytes).m, at: last.at };
}

/** What the rule needs, true at one version. @throws AppError `NOT_FOUND` where there is no such group. */
export async function answerFacts({ term, dispatch }: QuestionPorts, request: FactsRequest): Promise<FactsReply> {
  const { g, u } = request;
  if (u.length > FACTS_MAX) throw new AppError("BAD_ARGS", `${u.length} people`);
  await Promise.all([term.rows.load(GROUPS as never, [g]), term.rows.load(GROUP_ROLES as never, [g])]);
  await Promise.all(u.map((person) => term.rows.load(MEMBERS as never, [g, person])));
  const lane = await term.lane(g, 0);
  // From here to `settled` nothing is awaited: version and rows belong together.
  const group = term.rows.peek(GROUPS.name, [g]);
  const roles = term.rows.peek(GROUP_ROLES.name, [g]);
  if (group === undefined || roles === undefined) throw new AppError("NOT_FOUND", "no such group");
  const facts = groupFactsOf(group as never, roles as never, lane.pv);
  const members = u.map(
    (person) => [person, memberFactsOf(term.rows.peek(MEMBERS.name, [g, person]) as never)] as const,
  );
  await term.settled();
  return { ep: term.ep, term: term.term, beacon: dispatch.beacon, group: facts, members };
}

/** Answers a feature's query. @throws AppError `UNKNOWN_METHOD`, `BAD_ARGS`, and what the query refuses with. */
export async function answerAsk(
  ports: QuestionPorts,
  queries: ReadonlyMap<string, Query>,
  request: AskRequest,
): Promise<unknown> {
  const spec = askSpec(request.m);
  const query = queries.get(request.m);
  if (spec === undefined || query === undefined) throw new AppError("UNKNOWN_METHOD", request.m);
  const args = checkArgs(spec.args, request.a);
  const ctx = { g: request.g, actor: request.u, nowMs: ports.clock.nowMs() };
  const answer = await query(ports.term.rows, args as never, ctx);
  await ports.term.settled();
  return answer;
}
