import { AppError, errorCodeOf } from "@guildhall/kernel";
import type { ClientFrame } from "@guildhall/proto";
import { CLIENT_FRAME, LIMITS } from "@guildhall/proto/tables";
import { FrameError } from "@guildhall/wire";
import type { Session } from "../session/session.ts";
import { answerError } from "./answer.ts";
import { hello } from "./hello.ts";
import type { FrameNeeds } from "./needs.ts";
import { runFrame } from "./run.ts";

/**
 * Takes the bytes of one frame. They are read before this returns; what follows from them goes on by
 * itself. Frames of one session begin in the order they came.
 */
export function receive(session: Session, bytes: Uint8Array, binary: boolean, needs: FrameNeeds): void {
  if (!session.open) return;
  session.heardAtMs = needs.clock.monotonicMs();
  const tooMany = needs.limits.frame(session);
  const frame = decode(session, bytes, binary, needs);
  if (frame === undefined) return;
  if (tooMany !== undefined) return refuse(session, tooMany, frame, needs);
  if (session.state === "open" && session.person !== undefined) {
    if (frame.t === CLIENT_FRAME.hello) strike(session, new AppError("BAD_ARGS", "second hello"), frame.i, needs);
    else observed(runFrame(session, session.person, frame, needs), session, needs);
  } else if (session.state === "new" && frame.t === CLIENT_FRAME.hello) {
    observed(hello(session, frame, needs), session, needs);
  } else session.bye("AUTH_FAILED");
}

/**
 * A ping or a pong of the WebSocket itself: counts as a frame, and who sends too many is closed. It is no sign of
 * life: it may come between the parts of a message that never ends.
 */
export function receiveControl(session: Session, { limits }: Pick<FrameNeeds, "limits">): void {
  if (session.open && limits.frame(session) !== undefined && limits.floods(session)) session.bye("FLOOD");
}

/** A frame too many is answered and nothing else; who goes on all the same is closed. */
function refuse(session: Session, tooMany: AppError, frame: ClientFrame, { limits }: FrameNeeds): void {
  answerError(session, "i" in frame ? frame.i : undefined, tooMany);
  if (limits.floods(session)) session.bye("FLOOD");
}

/** A frame's work answers for its own errors; anything that gets here is a bug, and ends the session. */
function observed(work: Promise<void> | undefined, session: Session, { log }: FrameNeeds): void {
  work?.catch((error: unknown) => {
    log.error("frame_bug", error);
    session.bye("INTERNAL");
  });
}

function decode(session: Session, bytes: Uint8Array, binary: boolean, needs: FrameNeeds): ClientFrame | undefined {
  try {
    if (binary !== (session.encoding === "msgpack")) throw new FrameError("BAD_FRAME", "wrong kind of frame");
    return session.codec.decodeClient(bytes);
  } catch (error) {
    if (!(error instanceof FrameError)) needs.log.error("decode_failed", error);
    strike(session, error, error instanceof FrameError ? error.request : undefined, needs);
    return undefined;
  }
}

/** A frame that is not one of ours is answered; the third closes. A type from the future is no strike. */
function strike(session: Session, error: unknown, i: number | undefined, needs: FrameNeeds): void {
  needs.metrics.violated(errorCodeOf(error));
  answerError(session, i, error);
  if (session.state !== "open") return session.bye("AUTH_FAILED");
  if (error instanceof AppError && error.code === "UNKNOWN_METHOD") return;
  if (++session.strikes >= LIMITS.strikesMax) session.bye("PROTOCOL");
}
