import type { SubFrame, SubResult } from "@guildhall/proto";
import type { Session } from "../session/session.ts";
import type { FrameNeeds } from "./needs.ts";
import { positionsOf, subscribe } from "./subscribe.ts";

/** `sub`: from here on the events of these groups, or with mode 0 their heads. One row a group, in the order asked. */
export async function sub(session: Session, frame: SubFrame, needs: FrameNeeds): Promise<SubResult> {
  return subscribe(session, frame.g, positionsOf(frame.cur ?? []), frame.mode === 1 ? "active" : "passive", needs);
}
