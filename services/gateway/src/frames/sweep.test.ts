import { expect, test, vi } from "vitest";
import type { Session } from "../session/session.ts";
import { Sessions } from "../session/sessions.ts";
import { SessionSweep, SWEEP_TURN_MS } from "./sweep.ts";

/** Turns that a round over all sessions may take: each is to be looked at about once a second. */
const ROUND_TURNS = 1_000 / SWEEP_TURN_MS;

function hall(size: number) {
  const sessions = new Sessions();
  const looks = new Map<Session, number>();
  const come = () => {
    const session = {
      person: { u: 1, endsAtMs: Number.MAX_SAFE_INTEGER },
      address: "127.0.0.1",
      state: "new",
      heardAtMs: 0,
      presentAtMs: 0,
      checkAtMs: Number.POSITIVE_INFINITY,
      out: { probe: () => looks.set(session, (looks.get(session) ?? 0) + 1) },
      bye: vi.fn(() => sessions.remove(session)),
    } as unknown as Session;
    sessions.add(session);
    return session;
  };
  const all = Array.from({ length: size }, come);
  const clock = { nowMs: () => 0, monotonicMs: () => 0 };
  const config = { heartbeatMs: 30_000 };
  const sweep = new SessionSweep({ sessions, clock, config } as unknown as ConstructorParameters<
    typeof SessionSweep
  >[0]);
  return { sessions, looks, all, sweep, come };
}

test.each([1, 19, 20, 5_000])("%i sessions are each looked at once a round, few in a turn", (size) => {
  const { looks, sweep } = hall(size);

  for (let turn = 1; turn <= ROUND_TURNS; turn++) {
    const before = looks.size;
    sweep.turn();
    expect(looks.size - before).toBeLessThanOrEqual(Math.ceil(size / ROUND_TURNS));
  }

  expect(looks.size).toBe(size);
});

test("who comes in the middle of a round is looked at in it, who goes is not, and rounds go on", () => {
  const { sessions, looks, all, sweep, come } = hall(100);
  sweep.turn();
  const [first, gone] = [all[0], all[99]];
  if (first === undefined || gone === undefined) throw new Error("nobody there");
  sessions.remove(gone);
  const late = come();

  for (let turn = 0; turn < 3 * ROUND_TURNS; turn++) sweep.turn();

  expect(looks.has(gone)).toBe(false);
  expect(looks.get(late)).toBeGreaterThanOrEqual(2);
  expect(looks.get(first)).toBeGreaterThanOrEqual(3);
});
