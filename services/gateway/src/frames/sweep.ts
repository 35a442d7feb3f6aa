import { LIMITS } from "@guildhall/proto/tables";
import type { FrameNeeds } from "./needs.ts";
import { arrive } from "./present.ts";

/** How long after the end of its token a connection may still bring a newer one. */
const EXPIRY_GRACE_MS = 30_000;

type SweepNeeds = Pick<FrameNeeds, "sessions" | "config" | "clock" | "presence" | "log">;

/** Closes who has not said hello in time. */
export function sweepSilent({ sessions, clock }: SweepNeeds): void {
  const nowMs = clock.monotonicMs();
  for (const session of sessions.silent()) {
    if (nowMs - session.openedAtMs < LIMITS.helloDeadlineMs) return;
    session.bye("AUTH_FAILED");
  }
}

/** Closes who is silent too long and whose token has ended; says of the others that they are here. */
export function sweepSessions(needs: SweepNeeds): void {
  const { sessions, clock, config } = needs;
  const nowMs = clock.monotonicMs();
  const wallMs = clock.nowMs();
  for (const session of sessions.all()) {
    if (session.person === undefined) continue;
    if (nowMs - session.heardAtMs > config.heartbeatMs + LIMITS.heartbeatGraceMs) session.bye("HEARTBEAT");
    else if (wallMs > session.person.exp + EXPIRY_GRACE_MS) session.bye("TOKEN_EXPIRED");
    else if (nowMs - session.presentAtMs >= config.heartbeatMs) arrive(session, needs);
  }
}
