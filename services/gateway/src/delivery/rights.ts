import { AppError } from "@guildhall/kernel";
import { seeded } from "@guildhall/kernel/seeded";
import { refusalToError } from "@guildhall/model";
import type { Permit } from "@guildhall/permit";
import type { Answer } from "@guildhall/proto";
import type { Bit } from "@guildhall/proto/tables";
import type { Session } from "../session/session.ts";
import { believe, believed } from "./believed.ts";
import type { Floors } from "./floors.ts";
import type { Lane } from "./lane.ts";
import type { Lanes } from "./lanes.ts";

/** Questions asked anew because permissions changed while the answer was on its way. Then PERM_STALE. */
const ROUNDS_MAX = 5;
/** How long the lane may take to reach the version that an answer is true at. */
const REACH_MAX_MS = 2_000;
const STALE_RETRY_MS = 100;

export type RightsNeeds = {
  readonly lanes: Pick<Lanes, "open" | "held">;
  readonly permit: Permit;
  readonly floors: Pick<Floors, "of">;
};

/** A right as `permit` sees it, good for as long as the lane has applied nothing newer. */
export class Right {
  readonly #needs: RightsNeeds;
  readonly #session: Session;
  readonly #g: number;
  readonly #bit: Bit;
  #answer: Answer | undefined;
  #rounds = 0;

  constructor(needs: RightsNeeds, session: Session, g: number, bit: Bit) {
    this.#needs = needs;
    this.#session = session;
    this.#g = g;
    this.#bit = bit;
  }

  /**
   * Runs `work` in a turn in which the answer is true at everything the lane has applied, and resolves with
   * what it returns. What `work` does at once may be done; what it leaves for later needs another call.
   *
   * @throws AppError with the refusal; `PERM_STALE` when permissions change faster than they can be asked;
   *   what opening the lane throws.
   */
  async holding<T>(work: (lane: Lane, answer: Answer) => T): Promise<T> {
    const { lanes, floors, permit } = this.#needs;
    let answer =
      this.#answer ??
      believed(permit, this.#question) ??
      (await this.#ask(Math.max(lanes.held(this.#g)?.pv ?? 0, floors.of(this.#g))));
    for (;;) {
      const lane = await lanes.open(this.#g);
      if (lane.state !== "live") continue;
      if (this.#isOfNow(answer, lane)) {
        this.#answer = answer;
        this.#rounds = 0;
        return work(lane, answer);
      }
      if (answer.v < lane.pv) answer = await this.#ask(lane.pv);
      else if (!(await lane.reach(answer.v, REACH_MAX_MS))) this.#again(`lane is at ${lane.last}`);
    }
  }

  /** For the seeded fault. */
  get #question(): string {
    return !seeded("rule-12-ask-each-time") ? "" : `${this.#g}/${this.#session.person?.u}/${this.#bit}`;
  }

  #isOfNow(answer: Answer, lane: Lane): boolean {
    const { permit } = this.#needs;
    const isOfNow = answer.v >= lane.pv && answer.v <= lane.last;
    if (isOfNow) believe(permit, this.#question, answer);
    return isOfNow || seeded("rule-12-right-in-turn") || answer === believed(permit, this.#question);
  }

  async #ask(minV: number): Promise<Answer> {
    this.#again(`lane is at version ${minV}`);
    const { person } = this.#session;
    if (person === undefined) throw new AppError("UNAUTHENTICATED");
    const question = { g: this.#g, u: person.u, need: [this.#bit], auth: person.auth, minV };
    const answer = await this.#needs.permit.check(question);
    if (!answer.ok) throw refusalToError(answer);
    return answer;
  }

  #again(why: string): void {
    if (this.#rounds++ >= ROUNDS_MAX) throw new AppError("PERM_STALE", why, { retryAfterMs: STALE_RETRY_MS });
  }
}
