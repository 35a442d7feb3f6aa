import type { UnsubFrame } from "@guildhall/proto";
import type { Session } from "../session/session.ts";
import type { FrameNeeds } from "./needs.ts";

/** `unsub`: nothing more of these groups. Takes effect after the subscriptions asked for before it. */
export async function unsub(session: Session, frame: UnsubFrame, { subscriptions }: FrameNeeds): Promise<void> {
  await session.subscribing.run(async () => {
    for (const g of frame.g) subscriptions.leave(session, g);
  });
}
