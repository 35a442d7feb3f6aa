import { AppError, errorCodeOf, isRetryable } from "@guildhall/kernel";
import type { SubscribedRow } from "@guildhall/proto";
import { decodeEvent } from "@guildhall/wire";
import type { Online } from "../live/online.ts";
import type { Session } from "../session/session.ts";
import type { Sessions } from "../session/sessions.ts";
import { Joining, type JoiningNeeds, type Mode, type Position, sendGap } from "./joining.ts";
import type { GapReason, Lane, Left } from "./lane.ts";
import type { KeptEvent } from "./ring.ts";

export type SubscriptionNeeds = JoiningNeeds & {
  readonly sessions: Sessions;
  readonly online: Pick<Online, "entered" | "left">;
};

/** Joins sessions to lanes and parts them, so that each gets every event it may have, once and in order. */
export class Subscriptions {
  readonly #needs: SubscriptionNeeds;

  constructor(needs: SubscriptionNeeds) {
    this.#needs = needs;
  }

  /**
   * Subscribes the session to the group's main lane. An active one is first sent what it lacks from
   * `position` on, or a `gap`. Run one at a time a session.
   *
   * @throws AppError with the refusal, `NOT_FOUND` for a stranger; `PERM_STALE`; `UNAVAILABLE`.
   */
  async join(session: Session, g: number, position: Position | undefined, mode: Mode): Promise<SubscribedRow> {
    const was = this.#part(session, g);
    let row: SubscribedRow | undefined;
    try {
      row = await new Joining(this.#needs, session, g, position, mode).run();
      return row;
    } finally {
      // Whoever only changes the mode, or resumes, has not left.
      const is = row !== undefined && (session.groups.has(g) || session.passive.has(g));
      if (is) this.#needs.online.entered(session, g);
      else if (was) this.#needs.online.left(session, [g]);
    }
  }

  /** From here on the session gets nothing of the group. */
  leave(session: Session, g: number): void {
    if (this.#part(session, g)) this.#needs.online.left(session, [g]);
  }

  /** Whether it had been subscribed. */
  #part(session: Session, g: number): boolean {
    const active = session.groups.delete(g);
    const was = session.passive.delete(g) || active;
    const lane = this.#needs.lanes.held(g);
    lane?.audience.delete(session);
    lane?.watchers.delete(session);
    return was;
  }

  /** The session has ended. */
  leaveAll(session: Session): void {
    for (const g of session.groups) this.#needs.lanes.held(g)?.audience.delete(session);
    for (const g of session.passive) this.#needs.lanes.held(g)?.watchers.delete(session);
    this.#needs.online.left(session, [...session.groups, ...session.passive]);
    session.groups.clear();
    session.passive.clear();
    this.#needs.heads.forget(session);
  }

  /** Somebody was removed by `event`: it is the last that any session of theirs gets; a passive one gets a gap. */
  removal(lane: Lane, event: KeptEvent): void {
    this.#needs.flusher.flush(lane);
    const person = removedBy(event);
    if (person !== undefined) {
      for (const session of this.#needs.sessions.of(person)) this.#remove(session, lane, event.s);
      return;
    }
    // Who it was cannot be told, so everybody has to show their right again.
    this.#needs.failed(new AppError("INTERNAL", `removal without a person at ${event.s}`), "removal_failed");
    for (const session of lane.audience.take()) this.#rejoin(session, lane, "active");
    for (const session of lane.watchers.take()) this.#rejoin(session, lane, "passive");
  }

  #remove(session: Session, lane: Lane, s: number): void {
    const seat = lane.watchers.get(session);
    this.leave(session, lane.g);
    if (seat !== undefined) sendGap(session, lane, s - 1, "removed");
  }

  /** The lane goes on elsewhere: those who listened are told, and join again; who may not any more is told that too. */
  moved(lane: Lane, { active, passive }: Left, have: number, why: GapReason): void {
    for (const session of active) {
      sendGap(session, lane, have, why);
      this.#needs.counts.gap++;
      this.#rejoin(session, lane, "active");
    }
    for (const session of passive) {
      // Who has no events of the lane has no hole in them, unless they begin anew.
      if (why === "epoch") sendGap(session, lane, have, why);
      this.#rejoin(session, lane, "passive", why === "epoch" ? lane.last : have);
    }
  }

  #rejoin(session: Session, lane: Lane, mode: Mode, s = lane.last): void {
    const { g, ep, last } = lane;
    // Never rejects: what goes wrong ends the session, which then resumes.
    void session.subscribing.run(async () => {
      if (!session.open) return;
      try {
        await this.join(session, g, { ep, s }, mode);
      } catch (error) {
        if (!isRetryable(errorCodeOf(error)) && error instanceof AppError) {
          sendGap(session, lane, last, "removed");
          return;
        }
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
