import { LIMITS } from "@guildhall/proto/tables";
import { recheckIfDue } from "../devices/recheck.ts";
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

/** Closes who is silent too long, whose token has ended and who does not read; of the others, checks their sign-ins and says that they are here. */
export function sweepSessions(needs: SweepNeeds): void {
  const { sessions, clock, config } = needs;
  const nowMs = clock.monotonicMs();
  const wallMs = clock.nowMs();
  for (const session of sessions.all()) {
    if (session.person === undefined) continue;
    if (nowMs - session.heardAtMs > config.heartbeatMs + LIMITS.heartbeatGraceMs) session.bye("HEARTBEAT");
    else if (wallMs > session.person.exp + EXPIRY_GRACE_MS) session.bye("TOKEN_EXPIRED");
    else {
      session.out.probe(nowMs);
      if (nowMs - session.presentAtMs >= config.heartbeatMs) {
        arrive(session, needs);
        needs.online.stays(session);
      }
      recheckIfDue(session, session.person, nowMs, needs);
    }
  }
}
