import { AppError, errorCodeOf } from "@guildhall/kernel";
import type { Cursor, NotSubscribedRow, SubResult } from "@guildhall/proto";
import { ERRORS, type ErrorCode, LIMITS } from "@guildhall/proto/tables";
import type { Position } from "../delivery/joining.ts";
import { MAIN_LANE } from "../delivery/lanes.ts";
import type { Session } from "../session/session.ts";
import type { FrameNeeds } from "./needs.ts";

/** Where the client stands in main lanes, by group. The last cursor of a group counts. */
export function positionsOf(cursors: readonly Cursor[]): ReadonlyMap<number, Position> {
  return new Map(cursors.filter(([, l]) => l === MAIN_LANE).map(([g, , ep, s]) => [g, { ep, s }]));
}

/** Joins the groups, at most LIMITS.activeLanesMax in all: further ones are refused with QUOTA. Never rejects. */
export function subscribe(
  session: Session,
  groups: readonly number[],
  positions: ReadonlyMap<number, Position>,
  needs: FrameNeeds,
): Promise<SubResult> {
  return session.subscribing.run(async () => {
    const wanted = [...new Set(groups)];
    let room = LIMITS.activeLanesMax - session.groups.size;
    const joined = wanted.map(async (g) => {
      if (!session.groups.has(g) && room-- <= 0) return refused(g, "QUOTA");
      try {
        return await needs.subscriptions.join(session, g, positions.get(g));
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

function refused(g: number, code: ErrorCode): NotSubscribedRow {
  return { g, c: ERRORS[code].c, m: ERRORS[code].text };
}
