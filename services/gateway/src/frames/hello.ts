import { AppError, errorCodeOf, isRetryable, toBase64Url } from "@guildhall/kernel";
import type { HelloFrame } from "@guildhall/proto";
import { type CloseName, ERRORS, LIMITS, SERVER_FRAME } from "@guildhall/proto/tables";
import { MAIN_LANE } from "../delivery/lanes.ts";
import { RECHECK_EVERY_MS } from "../devices/recheck.ts";
import { end } from "../devices/revocations.ts";
import type { Person, Session } from "../session/session.ts";
import { answerError } from "./answer.ts";
import type { FrameNeeds } from "./needs.ts";
import { arrive } from "./present.ts";
import { positionsOf, subscribe } from "./subscribe.ts";

const VERSION = 1;

/**
 * What a resume came to. `full` and `gap` count groups. `lost`: groups that may not be seen any more.
 * `retry`: groups that could not be joined now, to be subscribed to again.
 */
export type Resumed = {
  readonly full: number;
  readonly gap: number;
  readonly lost?: readonly number[];
  readonly retry?: readonly number[];
};

/**
 * `hello`: who is there, and where they stand. Answered by `welcome`, by what they lack, and by `ok`.
 * Whoever cannot be let in is told why and closed. Never rejects.
 */
export async function hello(session: Session, frame: HelloFrame, needs: FrameNeeds): Promise<void> {
  session.state = "greeting";
  if (frame.v !== VERSION) return session.bye("TOO_OLD");
  try {
    session.person = await personOf(frame, needs);
    // An end that is told while the owner is asked closes the session too.
    if (!(await needs.checks.live(session.person))) {
      answerError(session, frame.i, new AppError("UNAUTHENTICATED", "sign-in has ended"));
      return end(session, needs.counts);
    }
  } catch (error) {
    if (!(error instanceof AppError)) needs.log.error("hello_failed", error);
    answerError(session, frame.i, error);
    return session.bye(closeFor(error));
  }
  if (!session.open) return;
  const { u, dev, exp } = session.person;
  if (!needs.sessions.enter(session, u, dev, (others) => needs.limits.connection(others))) return session.bye("FLOOD");
  session.state = "open";
  session.checkAtMs = needs.clock.monotonicMs() + RECHECK_EVERY_MS;
  arrive(session, needs);
  welcome(session, frame.i, u, exp, needs);
  const resumed = await resume(session, frame, needs);
  session.send({ t: SERVER_FRAME.ok, i: frame.i, d: resumed });
}

async function personOf({ tok, dev }: HelloFrame, { keys, clock }: FrameNeeds): Promise<Person> {
  const claims = await keys.verify(tok);
  const device = toBase64Url(dev);
  if (claims.dev !== device) throw new AppError("UNAUTHENTICATED", "token is for another device");
  return {
    u: claims.sub,
    dev: device,
    auth: claims.auth,
    exp: claims.exp,
    endsAtMs: claims.exp - clock.nowMs() + clock.monotonicMs(),
  };
}

/** A failure of ours is no reason for a client to give up its sign-in. */
function closeFor(error: unknown): CloseName {
  const code = errorCodeOf(error);
  if (code === "TOKEN_EXPIRED") return "TOKEN_EXPIRED";
  if (code === "INTERNAL") return "INTERNAL";
  return isRetryable(code) ? "OVERLOAD" : "AUTH_FAILED";
}

function welcome(session: Session, i: number, u: number, exp: number, { clock, config }: FrameNeeds): void {
  session.send({
    t: SERVER_FRAME.welcome,
    i,
    sid: session.sid,
    u,
    ts: clock.nowMs(),
    hb: config.heartbeatMs,
    exp,
    lim: {
      in: LIMITS.frameInMaxBytes,
      out: LIMITS.bufferedCloseBytes,
      rate: config.limits.frames.count,
      send: config.limits.sends.count,
      act: LIMITS.activeLanesMax,
    },
    cap: [],
  });
}

/**
 * Groups named by `act` become active. Without `act` those with a cursor do, as many as may; the other cursors
 * are of passive groups.
 */
async function resume(session: Session, { cur = [], act }: HelloFrame, needs: FrameNeeds): Promise<Resumed> {
  const positions = positionsOf(cur);
  // A cursor in a lane that is not offered cannot be resumed.
  const lost = cur.filter(([, l]) => l !== MAIN_LANE).map(([g]) => g);
  const retry: number[] = [];
  const active = [...new Set(act ?? [...positions.keys()].slice(0, LIMITS.activeLanesMax))];
  const passive = [...positions.keys()].filter((g) => !active.includes(g));
  const rows = [
    ...(await subscribe(session, active, positions, "active", needs)),
    ...(await subscribe(session, passive, positions, "passive", needs)),
  ];
  needs.heads.tellNow(session);
  let full = 0;
  let gap = 0;
  for (const row of rows) {
    if ("rec" in row) {
      if (row.rec === "full") full++;
      else gap++;
    } else (mayRetry(row.c) ? retry : lost).push(row.g);
  }
  return {
    full,
    gap,
    ...(lost.length === 0 ? {} : { lost: [...new Set(lost)] }),
    ...(retry.length === 0 ? {} : { retry }),
  };
}

/** Over the bound of active lanes nothing is lost either: the client may leave others and subscribe again. */
function mayRetry(c: number): boolean {
  const retryable = Object.values(ERRORS).some((error) => error.c === c && error.retry);
  return retryable || c === ERRORS.QUOTA.c || c === ERRORS.INTERNAL.c;
}
