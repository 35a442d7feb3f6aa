import { AppError, errorCodeOf } from "@guildhall/kernel";
import { type ClientFrame, commandSpec, type EphFrame, type ReadFrame, type UnsubFrame } from "@guildhall/proto";
import { CLIENT_FRAME, type ErrorCode, LIMITS, SERVER_FRAME } from "@guildhall/proto/tables";
import type { Person, Session } from "../session/session.ts";
import { answerError } from "./answer.ts";
import { ask } from "./ask.ts";
import { auth } from "./auth.ts";
import { cmd } from "./cmd.ts";
import { eph } from "./eph.ts";
import { get } from "./get.ts";
import { ANSWERED, type FrameNeeds } from "./needs.ts";
import { ping } from "./ping.ts";
import { read } from "./read.ts";
import { send } from "./send.ts";
import { sub } from "./sub.ts";
import { unsub } from "./unsub.ts";

type Request = Extract<ClientFrame, { i: number }>;

/** Carries out a frame of a session that has said hello, and answers it. Never rejects; nothing to wait for where it is undefined. */
export function runFrame(
  session: Session,
  person: Person,
  frame: ClientFrame,
  needs: FrameNeeds,
): Promise<void> | undefined {
  if (frame.t === CLIENT_FRAME.ping) {
    ping(session, needs);
    return undefined;
  }
  if (frame.t === CLIENT_FRAME.read || frame.t === CLIENT_FRAME.eph) return runLive(session, person, frame, needs);
  if (session.inFlight >= LIMITS.inFlightMax) {
    const i = "i" in frame ? frame.i : undefined;
    answerError(session, i, new AppError("RATE_LIMITED", "too many in flight", { d: { scope: "conn" } }));
    return undefined;
  }
  if (frame.t === CLIENT_FRAME.unsub) return runUnsub(session, frame, needs);
  return runRequest(session, person, frame, needs);
}

/** Answered only when it is refused. */
async function runLive(
  session: Session,
  person: Person,
  frame: ReadFrame | EphFrame,
  needs: FrameNeeds,
): Promise<void> {
  try {
    if (frame.t === CLIENT_FRAME.read) read(session, person, frame, needs);
    else await eph(session, person, frame, needs);
  } catch (error) {
    if (errorCodeOf(error) === "INTERNAL") needs.log.error("frame_failed", error, { frame: "live" });
    answerError(session, undefined, error);
  }
}

/** It waits behind subscriptions, so it counts like a request. */
async function runUnsub(session: Session, frame: UnsubFrame, needs: FrameNeeds): Promise<void> {
  session.inFlight++;
  try {
    await unsub(session, frame, needs);
  } finally {
    session.inFlight--;
  }
}

async function runRequest(session: Session, person: Person, frame: Request, needs: FrameNeeds): Promise<void> {
  const { clock, log, metrics } = needs;
  const startedMs = clock.monotonicMs();
  const name = nameOf(frame);
  let outcome: "ok" | ErrorCode = "ok";
  session.inFlight++;
  try {
    const d = await handle(session, person, frame, needs);
    if (d !== ANSWERED) session.send({ t: SERVER_FRAME.ok, i: frame.i, d });
  } catch (error) {
    outcome = errorCodeOf(error);
    if (outcome === "INTERNAL") log.error("frame_failed", error, { frame: name });
    answerError(session, frame.i, error);
  } finally {
    session.inFlight--;
    metrics.commandDone(name, outcome, clock.monotonicMs() - startedMs);
  }
}

/** Throws what it refuses at once with. */
function handle(session: Session, person: Person, frame: Request, needs: FrameNeeds): unknown {
  switch (frame.t) {
    case CLIENT_FRAME.send:
      return send(session, person, frame, needs);
    case CLIENT_FRAME.cmd:
      return cmd(session, person, frame, needs);
    case CLIENT_FRAME.get:
      return get(session, frame, needs);
    case CLIENT_FRAME.ask:
      return ask(session, person, frame, needs);
    case CLIENT_FRAME.sub:
      return sub(session, frame, needs);
    case CLIENT_FRAME.auth:
      return auth(session, person, frame, needs);
    default:
      throw new AppError("BAD_ARGS", "hello was said already", { d: { path: "/t" } });
  }
}

const FRAME_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(CLIENT_FRAME).map(([name, type]) => [type, name]),
);

/** The label of a frame: its method where that is one of ours. */
function nameOf(frame: Request): string {
  if (frame.t === CLIENT_FRAME.cmd && commandSpec(frame.m)?.via === "cmd") return frame.m;
  return FRAME_NAMES.get(frame.t) ?? "unknown";
}
