import { AppError, errorCodeOf, isRetryable } from "@guildhall/kernel";
import type { SubscribedRow } from "@guildhall/proto";
import { decodeEvent } from "@guildhall/wire";
import type { Session } from "../session/session.ts";
import type { Sessions } from "../session/sessions.ts";
import { Joining, type JoiningNeeds, type Position, sendGap } from "./joining.ts";
import type { GapReason, Lane } from "./lane.ts";
import type { KeptEvent } from "./ring.ts";

export type SubscriptionNeeds = JoiningNeeds & { readonly sessions: Sessions };

/** Joins sessions to lanes and parts them, so that each gets every event it may have, once and in order. */
export class Subscriptions {
  readonly #needs: SubscriptionNeeds;

  constructor(needs: SubscriptionNeeds) {
    this.#needs = needs;
  }

  /**
   * Subscribes the session to the group's main lane. From `position` on it is first sent what it lacks, or
   * a `gap`. Run one at a time a session.
   *
   * @throws AppError with the refusal, `NOT_FOUND` for a stranger; `PERM_STALE`; `UNAVAILABLE`.
   */
  async join(session: Session, g: number, position: Position | undefined): Promise<SubscribedRow> {
    this.leave(session, g);
    return new Joining(this.#needs, session, g, position).run();
  }

  /** From here on the session gets nothing of the group. */
  leave(session: Session, g: number): void {
    session.groups.delete(g);
    this.#needs.lanes.held(g)?.audience.delete(session);
  }

  /** The session has ended. */
  leaveAll(session: Session): void {
    for (const g of session.groups) this.#needs.lanes.held(g)?.audience.delete(session);
    session.groups.clear();
  }

  /** Somebody was removed by `event`: it is the last that any session of theirs gets. */
  removal(lane: Lane, event: KeptEvent): void {
    this.#needs.flusher.flush(lane);
    const person = removedBy(event);
    if (person !== undefined) {
      for (const session of this.#needs.sessions.of(person)) this.leave(session, lane.g);
      return;
    }
    // Who it was cannot be told, so everybody has to show their right again.
    this.#needs.failed(new AppError("INTERNAL", `removal without a person at ${event.s}`), "removal_failed");
    for (const session of lane.audience.take()) this.#rejoin(session, lane);
  }

  /** The lane goes on elsewhere: those who listened are told, and join again if they still may. */
  moved(lane: Lane, sessions: readonly Session[], have: number, why: GapReason): void {
    for (const session of sessions) {
      sendGap(session, lane, have, why);
      this.#needs.counts.gap++;
      this.#rejoin(session, lane);
    }
  }

  #rejoin(session: Session, { g, ep, last }: Lane): void {
    // Never rejects: what goes wrong ends the session, which then resumes.
    void session.subscribing.run(async () => {
      if (!session.open) return;
      try {
        await this.join(session, g, { ep, s: last });
      } catch (error) {
        if (!isRetryable(errorCodeOf(error)) && error instanceof AppError) return;
        this.#needs.failed(error, "rejoin_failed");
        session.bye("INTERNAL");
      }
    });
  }
}

function removedBy(event: KeptEvent): number | undefined {
  try {
    const body = decodeEvent(event.bytes).b as { readonly u?: unknown } | null;
    return typeof body?.u === "number" ? body.u : undefined;
  } catch {
    // The caller fails closed.
    return undefined;
  }
}
