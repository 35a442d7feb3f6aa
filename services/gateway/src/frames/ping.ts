import { SERVER_FRAME } from "@guildhall/proto/tables";
import type { Session } from "../session/session.ts";
import type { FrameNeeds } from "./needs.ts";

/** `ping`: answered with the server's time. */
export function ping(session: Session, { clock }: FrameNeeds): void {
  session.send({ t: SERVER_FRAME.pong, ts: clock.nowMs() });
}
