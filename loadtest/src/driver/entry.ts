import { Latencies } from "../report/latency.ts";
import { bareCrowd } from "./bare-crowd.ts";
import { type Crowd, deliveriesOf, type Measures, PING_EVERY_MS, PING_TURNS } from "./crowd.ts";
import { guildhallCrowd } from "./guildhall-crowd.ts";
import type { CrowdPlan, FromDriver, Pace, ToDriver } from "./messages.ts";
import { runRound } from "./round.ts";

const PROGRESS_EVERY_MS = 1_000;

/** A driver process: one crowd, told what to do by its parent, ended with it. */
class Driver {
  readonly #measures: Measures;
  #crowd: Crowd | undefined;

  constructor(measures: Measures) {
    this.#measures = measures;
  }

  async take(message: ToDriver): Promise<void> {
    if (message.kind === "setup") await this.#setUp(message.plan);
    else await this.#round(message);
  }

  async #setUp(plan: CrowdPlan): Promise<void> {
    const startMs = performance.now();
    this.#crowd = await (plan.kind === "guildhall" ? guildhallCrowd : bareCrowd)(plan, this.#measures);
    let turn = 0;
    setInterval(() => this.#crowd?.ping(turn++), PING_EVERY_MS / PING_TURNS);
    tell({ kind: "ready", setupMs: performance.now() - startMs, groups: this.#crowd.ids });
  }

  async #round({ rate, seconds }: Pace): Promise<void> {
    const crowd = this.#crowd;
    if (crowd === undefined) throw new Error("a round before the set-up");
    const progress = setInterval(() => {
      const messages = crowd.senders.reduce((total, sender) => total + sender.sent, 0);
      tell({ kind: "progress", messages, delivered: deliveriesOf(crowd).delivered });
    }, PROGRESS_EVERY_MS);
    const result = await runRound(crowd, rate, this.#measures, seconds);
    clearInterval(progress);
    tell({ kind: "result", result });
  }
}

function tell(message: FromDriver): void {
  process.send?.(message);
}

const driver = new Driver({ delivery: await Latencies.make(), answer: await Latencies.make() });
process.on("message", (message: ToDriver) => {
  driver.take(message).catch((error: unknown) => {
    tell({ kind: "failed", why: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  });
});
process.once("disconnect", () => process.exit());
