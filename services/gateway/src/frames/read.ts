import { AppError } from "@guildhall/kernel";
import type { ReadFrame } from "@guildhall/proto";
import type { Person, Session } from "../session/session.ts";
import { requireMainLane } from "./main-lane.ts";
import type { FrameNeeds } from "./needs.ts";

/**
 * `read`: how far the person has read a group that the session is subscribed to. A seq beyond the head is the head.
 * @throws AppError `NOT_FOUND` without a subscription, `UNSUPPORTED` for another lane, `RATE_LIMITED`.
 */
export function read(session: Session, { u }: Person, { g, l, s }: ReadFrame, { lanes, reading }: FrameNeeds): void {
  requireMainLane(l);
  const lane = lanes.held(g);
  const subscribed = session.groups.has(g) || session.passive.has(g);
  if (lane === undefined || !subscribed) throw new AppError("NOT_FOUND", "no subscription");
  const { ep, last } = lane;
  if (last === 0) return;
  const taken = reading.note({ u, g, sid: session.sid, ep, s: Math.min(s, last) });
  if (!taken) throw new AppError("RATE_LIMITED", "too many cursors wait", { d: { scope: "conn" } });
}
