import type { Person, Session } from "../session/session.ts";
import type { DeviceChecks } from "./checks.ts";
import { end, type RevocationCounts } from "./revocations.ts";

/**
 * A session is checked again after this time, so that one whose end was lost without any sign of it is closed within a
 * minute. An owner that does not answer is asked again a second later; without an answer a session lasts until its
 * token ends.
 */
export const RECHECK_EVERY_MS = 45_000;
const RETRY_EVERY_MS = 1_000;

export type RecheckNeeds = {
  readonly checks: Pick<DeviceChecks, "live">;
  readonly counts: RevocationCounts;
};

/** Asks again about a session whose last check is old. Called every second for each. */
export function recheckIfDue(session: Session, person: Person, nowMs: number, needs: RecheckNeeds): void {
  if (nowMs >= session.checkAtMs) void recheck(session, person, nowMs, needs);
}

/** Asks about a session and ends it where its sign-in has ended. Whether its owner has answered; never rejects. */
export async function recheck(
  session: Session,
  person: Person,
  nowMs: number,
  { checks, counts }: RecheckNeeds,
): Promise<boolean> {
  // Not asked again while the answer is on its way.
  session.checkAtMs = Number.POSITIVE_INFINITY;
  try {
    const live = await checks.live(person);
    session.checkAtMs = nowMs + RECHECK_EVERY_MS;
    if (!live) end(session, counts);
    return true;
  } catch {
    // Counted where it failed.
    session.checkAtMs = nowMs + RETRY_EVERY_MS;
    return false;
  }
}
