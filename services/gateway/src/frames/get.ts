import { AppError } from "@guildhall/kernel";
import type { Event, GetFrame } from "@guildhall/proto";
import { LIMITS, SERVER_FRAME } from "@guildhall/proto/tables";
import { pageOf, type Reading } from "../delivery/history.ts";
import type { Session } from "../session/session.ts";
import { requireMainLane } from "./main-lane.ts";
import { ANSWERED, type FrameNeeds } from "./needs.ts";

/**
 * `get`: a page of history, one at a time a session, and written only when there is room for it.
 * @throws AppError `BAD_ARGS` unless it has exactly one of its four forms; as History.read.
 */
export async function get(session: Session, frame: GetFrame, { history }: FrameNeeds): Promise<typeof ANSWERED> {
  requireMainLane(frame.l);
  checkForm(frame);
  return session.reading.run<typeof ANSWERED>(async () => {
    await session.out.room();
    if (session.open) await history.read(session, frame, (reading) => write(session, frame, reading));
    return ANSWERED;
  });
}

function checkForm({ a, z, before, at, around, lim }: GetFrame): void {
  const bad = (path: string, why: string) => new AppError("BAD_ARGS", why, { d: { path } });
  const forms = [a ?? z, before, at, around].filter((form) => form !== undefined);
  if (forms.length !== 1) throw bad("", "not exactly one of a and z, before, at, around");
  if (a === undefined && z === undefined) {
    if (lim === undefined) throw bad("/lim", "lim is missing");
    return;
  }
  if (lim !== undefined) throw bad("/lim", "lim does not go with a and z");
  if (a === undefined) throw bad("/a", "a is missing");
  if (z === undefined) throw bad("/z", "z is missing");
  if (z < a || z - a >= LIMITS.pageMax) throw bad("/z", `a to z is not 1 to ${LIMITS.pageMax} wide`);
}

/** Writes as much of the page as fits into a frame; what is left out is said by `more`. */
function write(session: Session, frame: GetFrame, reading: Reading): void {
  for (let count = reading.events.length; ; ) {
    const d = pageOf(frame, reading, part(frame, reading.events, count));
    const bytes = session.codec.encodeServer({ t: SERVER_FRAME.ok, i: frame.i, d });
    if (bytes.length <= LIMITS.frameOutMaxBytes || count <= 1) return void session.out.write(bytes);
    count = Math.max(1, Math.floor((count * LIMITS.frameOutMaxBytes * 0.9) / bytes.length));
  }
}

/** `count` events: the last ones before a seq, those round a seq, else the first. */
function part({ before, around }: GetFrame, events: readonly Event[], count: number): readonly Event[] {
  if (before !== undefined) return events.slice(events.length - count);
  if (around === undefined) return events.slice(0, count);
  const index = events.findIndex(({ s }) => s >= around);
  const middle = index < 0 ? events.length - 1 : index;
  const from = Math.min(Math.max(0, middle - Math.floor(count / 2)), events.length - count);
  return events.slice(from, from + count);
}
