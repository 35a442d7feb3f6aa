import { sleep } from "@guildhall/kernel";
import type { Leases } from "@guildhall/lease";
import { Failure } from "../command.ts";

/** An owner renews its lease every second and a half: who holds one is heard of in this time, ms. */
const LISTEN_MS = 2_000;
const LOOK_EVERY_MS = 250;

/** Waits long enough to hear of every owner there is. @throws Failure that names who holds what. */
export async function untilQuiet(leases: Leases, listenMs: number = LISTEN_MS): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += LOOK_EVERY_MS) {
    const held = await leases.held();
    const [holder] = held.values();
    if (holder !== undefined) {
      throw new Failure(
        `services run on the cluster: ${[...held.keys()].join(", ")} held by ${[...new Set(held.values())].join(", ")}; stop all of them first (a lease ends 5 s after its owner)`,
      );
    }
    if (waitedMs >= listenMs) return;
    await sleep(LOOK_EVERY_MS);
  }
}
