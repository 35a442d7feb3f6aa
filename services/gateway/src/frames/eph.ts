import { AppError } from "@guildhall/kernel";
import { refusalToError } from "@guildhall/model";
import type { EphFrame } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import type { Person, Session } from "../session/session.ts";
import { requireMainLane } from "./main-lane.ts";
import type { FrameNeeds } from "./needs.ts";

const TYPING_RATE = { perSecond: 1_000 / LIMITS.typingEveryMs, burst: 1 };

/**
 * `eph`: the person is typing in a group the session follows. Told on at most once in LIMITS.typingEveryMs, and
 * not at all where more than LIMITS.typingOnlineMax connections follow the group.
 * @throws AppError `UNSUPPORTED` for another kind or lane, `NOT_FOUND` where the group is not followed, the refusal.
 */
export async function eph(session: Session, person: Person, frame: EphFrame, needs: FrameNeeds): Promise<void> {
  const { g, k, l } = frame;
  requireMainLane(l);
  if (k !== "typing") throw new AppError("UNSUPPORTED", `kind ${k}`);
  const lane = needs.lanes.held(g);
  if (lane === undefined || !session.groups.has(g)) throw new AppError("NOT_FOUND", "not followed");
  if (lane.audience.size > LIMITS.typingOnlineMax) return;
  const { u, auth } = person;
  if (!(await needs.presence.take(`typing.${u}.${g}`, TYPING_RATE)).ok) return;
  const answer = await needs.permit.check({ g, u, need: ["SEND_MESSAGE"], auth, minV: lane.pv });
  if (!answer.ok) throw refusalToError(answer);
  needs.ephemeral.publish({ k: "typing", g, u, sid: session.sid });
}
