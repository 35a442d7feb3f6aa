import { addressOf } from "../hostile/ground.ts";
import * as attacks from "./attacks.ts";
import type { AttackTask, FromAttackers } from "./messages.ts";
import { PEOPLE } from "./plan.ts";

const TURN_MS = 20;

/** The attackers' process: all attacks at once, when its parent says so. */
async function attack({ g, people, round, url }: AttackTask): Promise<FromAttackers> {
  const ground = { address: addressOf(url), g, net: 1 + round * attacks.ADDRESS_NETS };
  let next = 0;
  const take = (count: number) => people.slice(next, (next += count));
  const startMs = performance.now();
  let [turnMs, lateMs] = [startMs, 0];
  const turns = setInterval(() => {
    const nowMs = performance.now();
    lateMs = Math.max(lateMs, nowMs - turnMs - TURN_MS);
    turnMs = nowMs;
  }, TURN_MS);
  const reports = await Promise.all([
    attacks.silent(ground),
    attacks.hoard(ground),
    attacks.halfOpen(ground),
    attacks.halfSent(ground),
    attacks.slowHello(ground),
    attacks.slowSend(ground, take(PEOPLE.slowSend)),
    attacks.stalled(ground, take(PEOPLE.stalled)),
    attacks.floodCommands(ground, take(PEOPLE.commands)),
    attacks.floodPings(ground, take(PEOPLE.pings)),
    attacks.vanish(ground, take(PEOPLE.vanish)),
  ]);
  clearInterval(turns);
  return { kind: "attacked", attacks: reports, lateMs };
}

process.on("message", (task: AttackTask) => {
  attack(task).then(
    (answer) => process.send?.(answer),
    (error: unknown) => process.send?.({ kind: "failed", why: error instanceof Error ? error.stack : String(error) }),
  );
});
process.once("disconnect", () => process.exit());
