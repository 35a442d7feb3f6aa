import { AppError, nonceTimeMs } from "@guildhall/kernel";
import { refusalToError } from "@guildhall/model";
import type { CommandResult } from "@guildhall/owner";
import { type Answer, bitsNeeded, type Command, type CommandSpec, type Question } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { MAIN_LANE } from "../delivery/lanes.ts";
import type { Person, Session } from "../session/session.ts";
import { requireMainLane } from "./main-lane.ts";
import type { FrameNeeds } from "./needs.ts";
import { requireRoom } from "./room.ts";

/** How long the owner may take to begin with a command; after that it drops it. */
export const DEADLINE_MS = 10_000;
const UNVERIFIED_RETRY_MS = 250;

/** What a client asks to happen in a group. `a` has been checked against the spec of `m`. */
export type Request = {
  readonly g: number;
  readonly l?: number;
  readonly n: Uint8Array;
  readonly m: string;
  readonly a: unknown;
  readonly as?: "group";
  readonly pv?: number;
  readonly ifV?: number;
  readonly why?: string;
  /** It has been sent before. */
  readonly rt?: 1;
};

let attempts = 0;

/**
 * Checks a command and sends it to the owner of its group. Commands of one session and one group reach
 * the owner in the order of the calls; none waits for the answer to another.
 *
 * @throws AppError with the refusal; `BAD_ARGS` and `STALE_NONCE` for the nonce; `UNAVAILABLE`;
 *   `OUTCOME_UNKNOWN`; what the owner refuses with.
 */
export function commit(
  session: Session,
  person: Person,
  spec: CommandSpec,
  request: Request,
  needs: FrameNeeds,
): Promise<CommandResult> {
  const { g } = request;
  const checked = check(person, spec, request, needs);
  const before = session.commanding.get(g);
  if (before === undefined && typeof checked === "number") {
    return execute(envelope(session, person, request, checked, needs), needs);
  }
  const ready = Promise.resolve(checked);
  // Looked at below, after those before it have left.
  if (before !== undefined) ready.catch(nothing);
  /** Resolves when the owner has it; the answer comes later, and whoever is next does not wait for that. */
  const left = (before === undefined ? ready : before.then(() => ready)).then((pv) => ({
    answer: execute(envelope(session, person, request, pv, needs), needs),
  }));
  // Those who come after go on, whatever became of this one.
  const forget = (): void => {
    if (session.commanding.get(g) === gone) session.commanding.delete(g);
  };
  const gone = left.then(forget, forget);
  session.commanding.set(g, gone);
  return left.then(({ answer }) => answer);
}

function nothing(): void {}

/**
 * The owner has it when this returns. Whoever is answered that a seq exists finds it on the next page, and whoever is
 * answered that they are a member is one for the next request.
 */
function execute(command: Command, { owner, lanes, floors }: FrameNeeds): Promise<CommandResult> {
  return owner.command(command).then((result) => {
    const lane = lanes.held(command.g);
    lane?.expect(result.s, result.ep);
    if (result.pv !== undefined && result.pv > (lane?.pv ?? 0)) floors.raise(command.g, result.pv);
    return result;
  });
}

/**
 * A command as the owner gets it; everything in it that matters has been verified here.
 * @throws AppError `UNAVAILABLE` when the owner has not been heard yet.
 */
export function envelope(
  session: Session,
  person: Person,
  { g, l = MAIN_LANE, n, m, a, as, ifV, why = "" }: Request,
  pv: number,
  { clock, lanes }: Pick<FrameNeeds, "clock" | "lanes">,
): Command {
  const partition = lanes.partition(g);
  const { ep, term } = partition;
  const command: Command = {
    g,
    l,
    u: person.u,
    dev: person.dev,
    auth: person.auth,
    n,
    m,
    a,
    as: as === "group" ? 1 : 0,
    pv,
    why,
    dl: partition.ownerMs(clock.monotonicMs()) + DEADLINE_MS,
    at: `${session.sid}.${(++attempts).toString(36)}`,
    ep,
    term,
  };
  return ifV === undefined ? command : { ...command, ifV };
}

/** @throws AppError `BAD_ARGS` for a nonce from the future, `STALE_NONCE` for one that is no longer remembered. */
export function checkNonce(n: Uint8Array, nowMs: number): void {
  const ageMs = nowMs - nonceTimeMs(n);
  if (ageMs < -LIMITS.nonceSkewMs) throw new AppError("BAD_ARGS", "nonce from the future", { d: { path: "/n" } });
  if (ageMs > LIMITS.nonceMaxAgeMs) throw new AppError("STALE_NONCE");
}

/**
 * The permission version that the check has seen: at once where nothing has to be asked first, so that most commands
 * leave in the turn they came in. Throws what it refuses at once with.
 */
function check(person: Person, spec: CommandSpec, request: Request, needs: FrameNeeds): number | Promise<number> {
  const { g, l, n } = request;
  requireMainLane(l);
  checkNonce(n, needs.clock.nowMs());
  if (needs.lanes.partition(g).lost) {
    throw new AppError("UNAVAILABLE", "no beacon", { retryAfterMs: UNVERIFIED_RETRY_MS });
  }
  if (request.m === "member.join" && request.rt !== 1) {
    return requireRoom(person, needs).then(() => checkRight(person, spec, request, needs));
  }
  return checkRight(person, spec, request, needs);
}

function checkRight(person: Person, spec: CommandSpec, request: Request, needs: FrameNeeds): number | Promise<number> {
  if (spec.outsider === true) return 0;
  const { g, pv = 0 } = request;
  const known = Math.max(needs.lanes.held(g)?.pv ?? 0, needs.floors.of(g));
  const seen = allowed(person, spec, request, known, needs);
  if (typeof seen === "number" && pv <= Math.max(known, seen)) return seen;
  return caughtUp(person, spec, request, known, seen, needs);
}

async function caughtUp(
  person: Person,
  spec: CommandSpec,
  request: Request,
  known: number,
  allowedAt: number | Promise<number>,
  needs: FrameNeeds,
): Promise<number> {
  const { g, pv = 0 } = request;
  const seen = await allowedAt;
  if (pv <= Math.max(known, seen)) return seen;
  // The client has seen more than we: the owner knows whether that can be.
  const head = await needs.owner.open(g, MAIN_LANE);
  if (pv > head.pv) throw new AppError("BAD_ARGS", `version ${pv} of ${head.pv}`, { d: { path: "/pv" } });
  return allowed(person, spec, request, pv, needs);
}

/** The version at which it is allowed. @throws AppError with the refusal. */
function allowed(
  person: Person,
  spec: CommandSpec,
  request: Request,
  minV: number,
  { permit }: FrameNeeds,
): number | Promise<number> {
  const answer = permit.check(questionOf(person, spec, request, minV));
  if (answer instanceof Promise) return answer.then((later) => versionOf(later, spec, request, minV));
  return versionOf(answer, spec, request, minV);
}

/** Of somebody who is in the group: they may not do this. */
const REFUSED_RIGHTS: ReadonlySet<Answer["why"]> = new Set([
  "BIT",
  "RANK",
  "OWNER",
  "STEP_UP",
  "MUTED",
  "FROZEN",
  "POLICY",
]);

function versionOf(answer: Answer, spec: CommandSpec, request: Request, minV: number): number {
  if (answer.ok) return answer.v;
  // What a repeat repeats may have happened while it was still allowed: then the owner has its first result.
  const definite = answer.why !== "STALE" && answer.why !== "UNKNOWN";
  if (request.rt === 1 && definite) return minV;
  // An act of power leaves a record, also where it is refused: the owner refuses it and keeps that.
  const isOfPower = spec.audited !== undefined && (spec.audited !== "asGroup" || request.as === "group");
  if (isOfPower && REFUSED_RIGHTS.has(answer.why)) return minV;
  throw refusalToError(answer);
}

/** What the sidecar is asked about a command. */
export function questionOf(
  { u, auth }: Pick<Person, "u" | "auth">,
  spec: CommandSpec,
  { g, a, as }: Pick<Request, "g" | "a" | "as">,
  minV: number,
): Question {
  const need = bitsNeeded(spec, as === "group");
  const plain: Question = { g, u, need, auth, minV };
  if (isPlain(spec)) return plain;
  const on = spec.onMember === true ? (a as { readonly u?: number }).u : undefined;
  return {
    ...plain,
    ...(on === undefined ? {} : { on }),
    ...(spec.ownerOnly === true ? { ownerOnly: true } : {}),
    ...(spec.dangerous === true ? { dangerous: true } : {}),
    ...(spec.axis === undefined ? {} : { axis: spec.axis }),
    ...(spec.anyState === true ? { anyState: true } : {}),
  };
}

/** Whether a bit is all that it takes. */
function isPlain({ onMember, ownerOnly, dangerous, axis, anyState }: CommandSpec): boolean {
  const asks = onMember ?? ownerOnly ?? dangerous ?? anyState ?? axis;
  return asks === undefined;
}
