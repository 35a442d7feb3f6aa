import { setImmediate as nextTurn } from "node:timers/promises";
import { memoryBus } from "@guildhall/bus/memory";
import { Closers, randomId, systemClock } from "@guildhall/kernel";
import type { MemberFacts, Question } from "@guildhall/proto";
import { Registry } from "@guildhall/telemetry";
import { silentLog } from "@guildhall/telemetry/log";
import { scratchFolder } from "@guildhall/testkit";
import { startPermission } from "../src/permission.ts";
import { FakeOwner } from "./fake-owner.ts";

/** Checks between two turns, so that the owner's beacons are heard. */
const CHECKS_A_TURN = 10_000;
const ROUND_MS = 1_000;
const BEACON_EVERY_MS = 500;
const MEMBERS = 32;
const MEMBER: MemberFacts = { roles: [], mute: 0 };

/**
 * Checks in the sidecar's own process, as its decider gives them to a local permit, one after another: members may
 * speak, as many strangers may not. Says every second how many there were, until it is ended.
 */
const closers = new Closers();
process.once("SIGTERM", () => void closers[Symbol.asyncDispose]().finally(() => process.exit(0)));
const folder = closers.use(await scratchFolder());
const bus = closers.use(memoryBus(() => {}));
const config = { socketPath: `${folder.path}/p.sock`, partitions: 4, groupsMax: 100, membersPerGroupMax: 1_000 };
const owner = await FakeOwner.open(bus, config.partitions);
const g = randomId();
const people = Array.from({ length: MEMBERS * 2 }, () => randomId());
owner.add(
  { g, owner: randomId() },
  people.slice(0, MEMBERS).map((u) => [u, MEMBER]),
);
const ports = { bus, clock: systemClock, registry: new Registry(), log: silentLog };
const { permit } = closers.use(await startPermission(config, ports));
const beacons = setInterval(() => owner.beacon(), BEACON_EVERY_MS);
closers.defer(() => clearInterval(beacons));

const asked = people.map((u, i) => ({
  question: { g, u, need: ["SEND_MESSAGE"], auth: 0, minV: 0 } satisfies Question,
  ok: i < MEMBERS,
}));
for (let round = 1; ; round++) {
  const startMs = performance.now();
  let checks = 0;
  let wrong = 0;
  while (performance.now() - startMs < ROUND_MS) {
    for (let i = 0; i < CHECKS_A_TURN; i++) {
      const one = asked[i % asked.length];
      if (one !== undefined && (await permit.check(one.question)).ok !== one.ok) wrong++;
    }
    checks += CHECKS_A_TURN;
    await nextTurn();
  }
  const perS = Math.round(checks / ((performance.now() - startMs) / 1_000));
  process.stdout.write(`round ${round}: ${perS} checks/s, ${wrong} wrong\n`);
}
