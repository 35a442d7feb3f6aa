import { AppError, isId } from "@guildhall/kernel";
import type { Answer, Cause, Explanation, GroupFacts, MemberFacts, Question, Refusal } from "@guildhall/proto";
import { type Axis, BITS, type Bit, type CommandAxis } from "@guildhall/proto/tables";
import { pack, unpack } from "@guildhall/wire";
import { CHECKS_MAX } from "./permit.ts";

/**
 * What travels in the frames between a client of the sidecar and its server, as MessagePack arrays:
 *
 *     request   [number, call, body]     number: uint32, chosen by the client, echoed
 *     reply     [number, body]           or, to several: [number of the first, [body, …], count]
 *
 *     call        body of the request      body of the reply
 *     1 check     question                 answer
 *     2 many      [question, …]            [answer, …] in the same order
 *     3 facts     [g, u]                   [group facts, member facts], null where there are none to tell
 *     4 explain   question                 explanation
 *     5 checks    [question, …]            as many checks, under the numbers from the request's on (after the last
 *                                          uint32 comes 0): each is answered as a check, in replies to one or to
 *                                          several. Null in the place of one that is answered later, by itself
 *
 *     question    [g, u, auth, minV, [bit number, …], on (0: nobody), 1 owner only + 2 dangerous + 4 × axis + 32 any state]
 *     answer      [why (0: ok, else place in REFUSALS from 1), v, lo, hi, rank, bit (−1: none), until (−1: none)]
 *
 *     axis        its place in AXES from 1, 0 for none; in an answer of why POLICY in the place of the bit
 */
export const CALL = { check: 1, checkMany: 2, facts: 3, explain: 4, checks: 5 } as const;

/** On the wire by place: rows are only ever added at the end. */
const REFUSALS: readonly Refusal[] = [
  "NO_GROUP",
  "NOT_MEMBER",
  "BANNED",
  "MUTED",
  "BIT",
  "OWNER",
  "RANK",
  "FROZEN",
  "STEP_UP",
  "STALE",
  "UNKNOWN",
  "POLICY",
];
/** On the wire by place, as REFUSALS. Those of commands come first. */
const AXES: readonly Axis[] = ["rename", "kick", "delete", "recall", "members", "admins"];
const COMMAND_AXES = 4;

const WHY_CODE = new Map(REFUSALS.map((why, place) => [why, place + 1]));
const BIT_BY_NUMBER = new Map((Object.keys(BITS) as Bit[]).map((name) => [BITS[name].bit as number, name]));
/** A request number is an unsigned 32-bit integer; it starts over after the last. */
const NUMBERS = 2 ** 32;
const OWNER_ONLY = 1;
const DANGEROUS = 2;
const AXIS = 4;
const ANY_STATE = 32;
const FLAGS_MAX = 2 * ANY_STATE - 1;
/** More bits than there are say that the question is none. */
const NEED_MAX = 52;

export type Request = { readonly n: number; readonly call: number; readonly body: unknown };
/** `many`: the body is those of replies to the numbers from `n` on, null where there is none. */
export type Reply = { readonly n: number; readonly body: unknown; readonly many: boolean };
export type FactsAnswer = { readonly group: GroupFacts | null; readonly member: MemberFacts };

/** A request whose frame is whole but whose question is not: `undefined`, to be answered UNKNOWN. */
type Readable<T> = T | undefined;

export function encodeRequest(n: number, call: number, body: unknown): Uint8Array {
  return pack([n, call, body]);
}

export function encodeReply(n: number, body: unknown): Uint8Array {
  return pack([n, body]);
}

/** One reply to the requests from `n` on. */
export function encodeReplies(n: number, bodies: readonly unknown[]): Uint8Array {
  return pack([n, bodies, bodies.length]);
}

/** The number of the request that is `places` after number `n`. */
export function numberAfter(n: number, places: number): number {
  return (n + places) % NUMBERS;
}

/** @throws AppError `BAD_FRAME` */
export function decodeRequest(payload: Uint8Array): Request {
  const value = decoded(payload);
  if (!Array.isArray(value) || value.length !== 3) throw new AppError("BAD_FRAME", "not a request");
  const [n, call, body]: unknown[] = value;
  if (!isCount(n) || !isCount(call)) throw new AppError("BAD_FRAME", "not a request");
  return { n, call, body };
}

/** @throws AppError `BAD_FRAME` */
export function decodeReply(payload: Uint8Array): Reply {
  const value = decoded(payload);
  if (!Array.isArray(value) || (value.length !== 2 && value.length !== 3))
    throw new AppError("BAD_FRAME", "not a reply");
  const [n, body, count]: unknown[] = value;
  const many = value.length === 3;
  if (!isCount(n)) throw new AppError("BAD_FRAME", "not a reply");
  if (many && (!Array.isArray(body) || body.length !== count)) throw new AppError("BAD_FRAME", "not replies");
  return { n, body, many };
}

export function questionBody(question: Question): unknown {
  const axis = question.axis === undefined ? 0 : AXES.indexOf(question.axis) + 1;
  const flags =
    (question.ownerOnly === true ? OWNER_ONLY : 0) |
    (question.dangerous === true ? DANGEROUS : 0) |
    (axis * AXIS) |
    (question.anyState === true ? ANY_STATE : 0);
  const need = question.need.map((name) => BITS[name].bit);
  return [question.g, question.u, question.auth, question.minV, need, question.on ?? 0, flags];
}

export function readQuestion(body: unknown): Readable<Question> {
  if (!Array.isArray(body) || body.length !== 7) return undefined;
  const [g, u, auth, minV, numbers, on, flags]: unknown[] = body;
  if (!isId(g) || !isId(u) || !isCount(auth) || !isCount(minV)) return undefined;
  const need = readBits(numbers);
  const more = readConditions(on, flags);
  if (need === undefined || more === undefined) return undefined;
  return { g, u, need, auth, minV, ...more };
}

type Conditions = Pick<Question, "on" | "ownerOnly" | "dangerous" | "axis" | "anyState">;
const NO_CONDITIONS: Conditions = {};

function readConditions(on: unknown, flags: unknown): Readable<Conditions> {
  if (on === 0 && flags === 0) return NO_CONDITIONS;
  if (!isCount(on) || !isCount(flags) || flags > FLAGS_MAX) return undefined;
  const place = Math.floor((flags % ANY_STATE) / AXIS);
  if (place > COMMAND_AXES) return undefined;
  const axis = AXES[place - 1] as CommandAxis | undefined;
  return {
    ...(on === 0 ? {} : { on }),
    ...((flags & OWNER_ONLY) === 0 ? {} : { ownerOnly: true }),
    ...((flags & DANGEROUS) === 0 ? {} : { dangerous: true }),
    ...(axis === undefined ? {} : { axis }),
    ...((flags & ANY_STATE) === 0 ? {} : { anyState: true }),
  };
}

/** The questions of `checkMany`; `undefined` in the place of one that cannot be read, or for all of them. */
export function readQuestions(body: unknown): Readable<readonly Readable<Question>[]> {
  return Array.isArray(body) && body.length <= CHECKS_MAX ? body.map(readQuestion) : undefined;
}

export function readFactsRequest(body: unknown): Readable<{ readonly g: number; readonly u: number }> {
  if (!Array.isArray(body) || body.length !== 2) return undefined;
  const [g, u]: unknown[] = body;
  return isId(g) && isId(u) ? { g, u } : undefined;
}

export function answerBody(answer: Answer): unknown {
  const why = answer.ok ? 0 : WHY_CODE.get(answer.why ?? "UNKNOWN");
  return [why, answer.v, answer.lo, answer.hi, answer.rank, aboutWhat(answer), answer.until ?? -1];
}

function aboutWhat({ bit, axis }: Answer): number {
  if (axis !== undefined) return AXES.indexOf(axis) + 1;
  return bit === undefined ? -1 : BITS[bit].bit;
}

/** An answer that cannot be read is none, and never a yes. */
export function readAnswer(body: unknown): Readable<Answer> {
  if (!Array.isArray(body) || body.length !== 7) return undefined;
  const [code, v, lo, hi, rank, bitNumber, until]: unknown[] = body;
  if (!isCount(code) || !isCount(v) || !isCount(lo) || !isCount(hi) || !isCount(rank)) return undefined;
  const has = { v, lo, hi, rank };
  return code === 0 ? { ok: true, ...has } : { ok: false, ...has, ...readRefusal(code, bitNumber, until) };
}

function readRefusal(code: number, what: unknown, until: unknown): Pick<Answer, "why" | "bit" | "until" | "axis"> {
  const why = REFUSALS[code - 1] ?? "UNKNOWN";
  const axis = why === "POLICY" && isCount(what) ? AXES[what - 1] : undefined;
  if (axis !== undefined) return { why, axis };
  const bit = typeof what === "number" ? BIT_BY_NUMBER.get(what) : undefined;
  return {
    why,
    ...(bit === undefined ? {} : { bit }),
    ...(isCount(until) ? { until } : {}),
  };
}

/** Exactly `count` answers, or none. */
export function readAnswers(body: unknown, count: number): Readable<readonly Answer[]> {
  if (!Array.isArray(body) || body.length !== count) return undefined;
  const answers: Answer[] = [];
  for (const one of body) {
    const answer = readAnswer(one);
    if (answer === undefined) return undefined;
    answers.push(answer);
  }
  return answers;
}

export function explanationBody(explanation: Explanation): unknown {
  const { answer, group, member, on, because, cause } = explanation;
  return [answerBody(answer), group, member, on, because, cause ?? null];
}

export function readExplanation(body: unknown): Readable<Explanation> {
  if (!Array.isArray(body) || body.length !== 6) return undefined;
  const [answerValue, group, member, on, because, cause] = body as [
    unknown,
    GroupFacts | null,
    MemberFacts,
    MemberFacts,
    unknown,
    Cause | null,
  ];
  const answer = readAnswer(answerValue);
  if (answer === undefined || !Array.isArray(because)) return undefined;
  return { answer, group, member, on, because: because.map(String), ...(cause === null ? {} : { cause }) };
}

function readBits(numbers: unknown): Readable<readonly Bit[]> {
  if (!Array.isArray(numbers) || numbers.length > NEED_MAX) return undefined;
  const bits: Bit[] = [];
  for (const number of numbers as unknown[]) {
    const bit = typeof number === "number" ? BIT_BY_NUMBER.get(number) : undefined;
    if (bit === undefined) return undefined;
    bits.push(bit);
  }
  return bits;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function decoded(payload: Uint8Array): unknown {
  try {
    return unpack(payload);
  } catch (cause) {
    throw new AppError("BAD_FRAME", "not MessagePack", { cause });
  }
}
