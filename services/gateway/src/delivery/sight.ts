import { hasBit } from "@guildhall/model";
import { CHECKS_MAX, type Permit } from "@guildhall/permit";
import type { Answer, Question } from "@guildhall/proto";
import type { Bit } from "@guildhall/proto/tables";
import { decodeEvent } from "@guildhall/wire";
import type { Session } from "../session/session.ts";
import type { Sessions } from "../session/sessions.ts";
import type { Flusher } from "./flusher.ts";
import type { Lane } from "./lane.ts";
import type { KeptEvent } from "./ring.ts";

/** Who holds this sees which person speaks as the group. */
const SIGHT: Bit = "VIEW_AUDIT_LOG";
/** What is pending waits for the answers at most this long; who is unsure then is sent what everybody may see. */
const ASK_MAX_MS = 200;
/** Questions asked anew because permissions changed meanwhile. */
const ROUNDS_MAX = 5;
/** Kinds that change what one person may, `b.u`, and nobody else. */
const OF_ONE: ReadonlySet<string> = new Set([
  "member.join",
  "member.leave",
  "member.kick",
  "member.ban",
  "member.mute",
  "member.unmute",
  "role.assign",
  "role.take",
]);

export type SightNeeds = {
  readonly permit: Permit;
  readonly sessions: Pick<Sessions, "of">;
  readonly flusher: Pick<Flusher, "flush">;
  readonly failed: (error: unknown, what: string) => void;
};

/** Whether an answer says that somebody sees who speaks as the group. */
export function seesSpeakers(answer: Answer): boolean {
  return hasBit(answer, SIGHT);
}

/**
 * Keeps apart who sees which person speaks as a group. Whoever listens shows it when they join; from a change of
 * permissions on it holds no more, and is asked again when something comes for which it matters.
 */
export class Sight {
  readonly #needs: SightNeeds;

  constructor(needs: SightNeeds) {
    this.#needs = needs;
  }

  /** Permissions have changed by `event`, in the order of the lane. */
  changed({ audience }: Lane, event: KeptEvent): void {
    const person = this.#personOf(event);
    if (person === undefined) return audience.doubtAll();
    for (const session of this.#needs.sessions.of(person)) audience.doubt(session);
  }

  /** Asks of those who are unsure, and has what waits for that sent. Never rejects. */
  ask(lane: Lane): void {
    if (lane.asking) return;
    lane.asking = true;
    const done = (): void => {
      clearTimeout(timer);
      if (!lane.asking) return;
      lane.asking = false;
      this.#needs.flusher.flush(lane);
    };
    const timer = setTimeout(done, ASK_MAX_MS);
    void this.#ask(lane)
      .catch((error: unknown) => this.#needs.failed(error, "sight_failed"))
      .finally(done);
  }

  async #ask(lane: Lane): Promise<void> {
    for (let round = 0; round < ROUNDS_MAX && lane.audience.unsure.size > 0; round++) {
      const { pv } = lane;
      const sessions = [...lane.audience.unsure];
      for (let at = 0; at < sessions.length; at += CHECKS_MAX) {
        const some = sessions.slice(at, at + CHECKS_MAX);
        const answers = await this.#needs.permit.checkMany(some.map((session) => questionOf(session, lane.g, pv)));
        // Asked before the newest change: it says nothing of now.
        if (lane.pv !== pv) break;
        for (const [index, session] of some.entries()) learn(lane, session, answers[index]);
      }
      if (lane.pv === pv) return;
    }
  }

  #personOf(event: KeptEvent): number | undefined {
    try {
      const { k, b } = decodeEvent(event.bytes);
      const { u } = (b ?? {}) as { readonly u?: unknown };
      return OF_ONE.has(k) && typeof u === "number" ? u : undefined;
    } catch (error) {
      this.#needs.failed(error, "sight_failed");
      return undefined;
    }
  }
}

function questionOf({ person }: Session, g: number, minV: number): Question {
  return { g, u: person?.u ?? 0, need: [SIGHT], auth: person?.auth ?? 0, minV };
}

/** Who could not be told about stays unsure. */
function learn({ audience }: Lane, session: Session, answer: Answer | undefined): void {
  if (answer === undefined || answer.why === "STALE" || answer.why === "UNKNOWN" || !audience.has(session)) return;
  audience.see(session, answer.ok);
}
