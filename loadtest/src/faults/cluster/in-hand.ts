import { sleep } from "@guildhall/kernel";
import { until } from "@guildhall/testkit";
import { metricOf } from "../../report/memory.ts";
import type { Device } from "../workload/device.ts";
import type { Accident, Scene } from "./accident.ts";

/** Longer than a command may be late, and than a client waits before it repeats elsewhere, ms. */
const ASLEEP_MS = 18_000;
/** Until what was sent to it since it sleeps has left the client. */
const SENT_MS = 500;
/** Until somebody else owns what the killed one did: its leases end first. */
const TAKEN_MAX_MS = 30_000;
const METRICS_MAX_MS = 2_000;

/**
 * A gateway sleeps through a takeover with commands in hand: some it has forwarded and has not read the answers of, some
 * it has not read. The owners are killed and replaced, or hand over, in turn. It wakes when clients have given up and
 * have repeated elsewhere what it then forwards. Nothing may happen twice, nor after it was refused, and nobody may be
 * brought anything over a hole: the history is held against that.
 */
export function sleepsInTakeover(stallMaxMs: number): Accident {
  let times = 0;
  return {
    name: "one gateway asleep through a takeover, commands in hand",
    times: { quick: 2, full: 5 },
    stallMaxMs: ASLEEP_MS + stallMaxMs,
    async happen(scene) {
      const { system, workload, note, violate } = scene;
      const [url, devices] = busiestOf(workload.devices);
      const name = system.named("gateway")[system.gateways.indexOf(url)];
      if (name === undefined) return violate("a gateway asleep: no device is at any");
      const way = ++times % 2 === 1 ? "killed" : "handed over";

      const begunMs = performance.now();
      system.sleep(name);
      const before = inHand(devices);
      // These it cannot have read, nor forwarded.
      for (const speaker of workload.speakers) speaker.sayBy(devices);
      await sleep(SENT_MS);
      const sent = inHand(devices);
      await (way === "killed" ? replaced(scene) : handedOver(scene));
      const still = inHand(devices);
      await sleep(Math.max(0, ASLEEP_MS - (performance.now() - begunMs)));
      system.wake(name);
      note(
        `a gateway asleep, the owners ${way}: ${before} commands in hand when it stopped, ${sent - before} sent to it after that, ${still} still in hand after the takeover`,
      );
      if (still === 0) violate(`a gateway asleep, the owners ${way}: no command was in hand, which proves nothing`);
    },
  };
}

/** The gateway that most devices are at, and these. */
function busiestOf(devices: readonly Device[]): [url: string, at: readonly Device[]] {
  const at = new Map<string, Device[]>();
  for (const device of devices.filter(({ ready }) => ready)) {
    const others = at.get(device.url) ?? [];
    at.set(device.url, [...others, device]);
  }
  return [...at].toSorted(([, a], [, b]) => b.length - a.length)[0] ?? ["", []];
}

const inHand = (devices: readonly Device[]): number =>
  devices.reduce((sum, device) => sum + device.commandsInFlight, 0);

/** One fanout is killed, and comes back when the others own what it did. */
async function replaced({ system, random }: Scene): Promise<void> {
  const all = await ownedIn(system.fanouts);
  const name = random.pick(system.named("fanout"));
  system.kill(name);
  await until(async () => (await ownedIn(system.fanouts)) === all, TAKEN_MAX_MS);
  await system.restart(name);
}

/** Each fanout is started anew in order: all that it owns goes to others. */
async function handedOver({ system }: Scene): Promise<void> {
  for (const name of system.named("fanout")) await system.restart(name);
}

/** Partitions that are owned by those of the fanouts that answer. */
async function ownedIn(fanouts: readonly string[]): Promise<number> {
  const owned = await Promise.all(
    fanouts.map(async (metrics) => {
      const response = await fetch(metrics, { signal: AbortSignal.timeout(METRICS_MAX_MS) }).catch(() => undefined);
      return response === undefined ? 0 : metricOf(await response.text(), "guildhall_fanout_partitions_owned");
    }),
  );
  return owned.reduce((sum, count) => sum + count, 0);
}
