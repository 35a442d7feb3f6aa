import { refusalToError } from "@guildhall/model";
import type { AskFrame, PresenceCount, PresenceCountArgs } from "@guildhall/proto";
import type { Person, Session } from "../session/session.ts";
import type { FrameNeeds } from "./needs.ts";

/** `presence.count`: how many people are in a group one may see. @throws AppError the refusal; `UNAVAILABLE`. */
export async function countPresent(
  _session: Session,
  { u, auth }: Person,
  { g }: PresenceCountArgs,
  _frame: AskFrame,
  { permit, online }: FrameNeeds,
): Promise<PresenceCount> {
  const answer = await permit.check({ g, u, need: ["VIEW_GROUP"], auth, minV: 0 });
  if (!answer.ok) throw refusalToError(answer);
  return { on: await online.count(g) };
}
