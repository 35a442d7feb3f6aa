import type { Bus, Subscription } from "@guildhall/bus";
import type { Revocation } from "@guildhall/proto";
import { personSubject, unpack } from "@guildhall/wire";
import type { Session } from "../session/session.ts";
import type { Sessions } from "../session/sessions.ts";

/** Plain numbers, read when the metrics are. */
export type RevocationCounts = { revoked: number };

export type RevocationNeeds = {
  readonly bus: Bus;
  readonly partitions: number;
  readonly sessions: Sessions;
  readonly counts: RevocationCounts;
  readonly failed: (error: unknown, what: string) => void;
};

/** Closes the sockets of sign-ins that owners say have ended. Resolves once nothing told after that is missed. */
export async function followRevocations(needs: RevocationNeeds): Promise<readonly Subscription[]> {
  return Promise.all(
    Array.from({ length: needs.partitions }, (_, p) =>
      needs.bus.subscribe(personSubject(p), ({ data }) => {
        try {
          revoke(unpack(data) as Revocation, needs);
        } catch (error) {
          needs.failed(error, "revocation_failed");
        }
      }),
    ),
  );
}

function revoke({ u, devs }: Revocation, { sessions, counts }: RevocationNeeds): void {
  // Also those still greeting: they may have been found to hold a moment before. Closing takes a session out of
  // both lists, so they are taken whole first.
  const greeting = [...sessions.silent()].filter(({ person }) => person?.u === u);
  for (const session of [...sessions.of(u), ...greeting]) {
    if (devs !== "all" && !devs.includes(session.person?.dev ?? "")) continue;
    end(session, counts);
  }
}

/** Ends a session whose sign-in has ended. */
export function end(session: Session, counts: RevocationCounts): void {
  if (!session.open) return;
  counts.revoked++;
  session.bye("AUTH_CHANGED");
}
