import { AppError } from "@guildhall/kernel";
import type { SubFrame, SubResult } from "@guildhall/proto";
import type { Session } from "../session/session.ts";
import type { FrameNeeds } from "./needs.ts";
import { positionsOf, subscribe } from "./subscribe.ts";

/** `sub`: from here on the events of these groups. One row a group, in the order asked. @throws AppError `UNSUPPORTED`. */
export async function sub(session: Session, frame: SubFrame, needs: FrameNeeds): Promise<SubResult> {
  if (frame.mode !== 1) throw new AppError("UNSUPPORTED", "passive subscription");
  return subscribe(session, frame.g, positionsOf(frame.cur ?? []), needs);
}
