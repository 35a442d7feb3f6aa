import { LIMITS } from "@guildhall/proto/tables";
import type { Session } from "../session/session.ts";
import type { FrameNeeds } from "./needs.ts";

type PresentNeeds = Pick<FrameNeeds, "presence" | "config" | "clock" | "log">;

/** How long a session counts as here after it was last said to be: two heartbeats may be missed. */
export const presentTtlMs = ({ heartbeatMs }: Pick<FrameNeeds["config"], "heartbeatMs">): number =>
  2 * heartbeatMs + LIMITS.heartbeatGraceMs;

/** Says that the session is here; repeated with every heartbeat. */
export function arrive(session: Session, { presence, config, clock, log }: PresentNeeds): void {
  if (session.person === undefined) return;
  session.presentAtMs = clock.monotonicMs();
  // Presence is never the truth about anything: without it, people seem away.
  void presence.arrive(session.person.u, session.sid, presentTtlMs(config)).catch((error: unknown) => {
    log.error("presence_failed", error);
  });
}

/** Says that the session has ended. */
export function leave(session: Session, { presence, log }: Pick<PresentNeeds, "presence" | "log">): void {
  if (session.person === undefined) return;
  // As above; what stays lapses by itself.
  void presence.leave(session.person.u, session.sid).catch((error: unknown) => {
    log.error("presence_failed", error);
  });
}
