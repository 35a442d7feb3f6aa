import { LIMITS } from "@guildhall/proto/tables";
import { recheckIfDue } from "../devices/recheck.ts";
import type { Session } from "../session/session.ts";
import type { FrameNeeds } from "./needs.ts";
import { arrive } from "./present.ts";

/** How long after the end of its token a connection may still bring a newer one. */
const EXPIRY_GRACE_MS = 30_000;

type SilentNeeds = Pick<FrameNeeds, "sessions" | "clock">;
type SweepNeeds = Pick<
  FrameNeeds,
  "sessions" | "config" | "clock" | "presence" | "online" | "log" | "checks" | "counts"
>;

/** Closes who has not said hello in time. */
export function sweepSilent({ sessions, clock }: SilentNeeds): void {
  const nowMs = clock.monotonicMs();
  for (const session of sessions.silent()) {
    if (nowMs - session.openedAtMs < LIMITS.helloDeadlineMs) return;
    // A greeting that takes that long is no fault of the client's.
    session.bye(session.state === "greeting" ? "OVERLOAD" : "AUTH_FAILED");
  }
}

/** One round over all sessions takes so many turns: what each of them needs is little, of thousands in one turn it is not. */
const TURNS = 20;
/** A round takes about a second. */
export const SWEEP_TURN_MS = 50;

/** Closes who is silent too long, whose token has ended and who does not read; of the others, checks their sign-ins and says that they are here. */
export class SessionSweep {
  readonly #needs: SweepNeeds;
  /** Those that have not had their turn in this round. Who comes meanwhile is among them, who goes is not. */
  #left: Iterator<Session> | undefined;

  constructor(needs: SweepNeeds) {
    this.#needs = needs;
  }

  /** Called every SWEEP_TURN_MS. */
  turn(): void {
    const { sessions } = this.#needs;
    for (let count = Math.ceil(sessions.size / TURNS); count > 0; count--) {
      this.#left ??= sessions.all()[Symbol.iterator]();
      const { done, value } = this.#left.next();
      if (done === true) {
        this.#left = undefined;
        return;
      }
      lookAt(value, this.#needs);
    }
  }
}

function lookAt(session: Session, needs: SweepNeeds): void {
  const { clock, config } = needs;
  const nowMs = clock.monotonicMs();
  if (session.person === undefined) return;
  if (nowMs - session.heardAtMs > config.heartbeatMs + LIMITS.heartbeatGraceMs) session.bye("HEARTBEAT");
  else if (nowMs > session.person.endsAtMs + EXPIRY_GRACE_MS) session.bye("TOKEN_EXPIRED");
  else {
    session.out.probe(nowMs);
    if (nowMs - session.presentAtMs >= config.heartbeatMs) {
      arrive(session, needs);
      needs.online.stays(session);
    }
    recheckIfDue(session, session.person, nowMs, needs);
  }
}
