import { AppError, errorCodeOf } from "@guildhall/kernel";
import type { Cursor, NotSubscribedRow, SubResult } from "@guildhall/proto";
import { ERRORS, type ErrorCode, LIMITS } from "@guildhall/proto/tables";
import type { Mode, Position } from "../delivery/joining.ts";
import { MAIN_LANE } from "../delivery/lanes.ts";
import type { Session } from "../session/session.ts";
import type { FrameNeeds } from "./needs.ts";

/** Where the client stands in main lanes, by group. The last cursor of a group counts. */
export function positionsOf(cursors: readonly Cursor[]): ReadonlyMap<number, Position> {
  return new Map(cursors.filter(([, l]) => l === MAIN_LANE).map(([g, , ep, s]) => [g, { ep, s }]));
}

/**
 * Joins the groups: at most LIMITS.activeLanesMax active ones and LIMITS.subscriptionsMax in all; further ones
 * are refused with QUOTA. A group that is subscribed to changes its mode. Never rejects.
 */
export function subscribe(
  session: Session,
  groups: readonly number[],
  positions: ReadonlyMap<number, Position>,
  mode: Mode,
  needs: FrameNeeds,
): Promise<SubResult> {
  return session.subscribing.run(async () => {
    const wanted = [...new Set(groups)];
    const room = roomOf(session);
    const joined = wanted.map(async (g) => {
      if (!room(g, mode)) return refused(g, "QUOTA");
      try {
        return await needs.subscriptions.join(session, g, positions.get(g), mode);
      } catch (error) {
        if (!(error instanceof AppError)) needs.log.error("sub_failed", error);
        const code = errorCodeOf(error);
        // A group one is not in and one that does not exist look the same.
        return refused(g, code === "NOT_MEMBER" ? "NOT_FOUND" : code);
      }
    });
    return Promise.all(joined);
  });
}

/** Whether one more group fits; each call that says so takes the place. */
function roomOf({ groups, passive }: Session): (g: number, mode: Mode) => boolean {
  let active = LIMITS.activeLanesMax - groups.size;
  let all = LIMITS.subscriptionsMax - groups.size - passive.size;
  return (g, mode) => {
    const fresh = !groups.has(g) && !passive.has(g);
    if ((fresh && all <= 0) || (mode === "active" && !groups.has(g) && active <= 0)) return false;
    if (fresh) all--;
    if (mode === "active" && !groups.has(g)) active--;
    return true;
  };
}

function refused(g: number, code: ErrorCode): NotSubscribedRow {
  return { g, c: ERRORS[code].c, m: ERRORS[code].text };
}
