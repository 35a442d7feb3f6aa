import type { Permit } from "@guildhall/permit";
import { localPermit } from "@guildhall/permit/local";
import type { Checks } from "../checks/checks.ts";
import type { Host, World } from "./world.ts";

/** A sidecar as a process of its own: it may sleep while its gateway is awake, and answers when it wakes. */
export class SimSidecar {
  readonly permit: Permit;
  readonly #world: World;
  #awakeAtMs = 0;

  /** `decider` is what the sidecar answers with, and `host` the gateway that asks. */
  constructor(decider: Permit, host: Host, world: World, checks: Checks) {
    this.#world = world;
    this.permit = localPermit({
      check: (question) => {
        const ms = this.#awakeAtMs - world.nowMs;
        if (ms <= 0) return decider.check(question);
        checks.happened("sidecar-paused");
        return world.after(host, ms).then(() => decider.check(question));
      },
      explain: (question) => decider.explain(question),
    });
  }

  sleep(ms: number): void {
    this.#awakeAtMs = this.#world.nowMs + ms;
  }
}
