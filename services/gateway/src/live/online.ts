import type { Clock } from "@guildhall/kernel";
import type { Presence } from "@guildhall/presence";
import { LIMITS, SERVER_FRAME } from "@guildhall/proto/tables";
import type { Lanes } from "../delivery/lanes.ts";
import type { Session } from "../session/session.ts";
import type { Ephemeral } from "./ephemeral.ts";
import { tell } from "./tell.ts";

/** Between two turns, in which counts are read and told. */
export const ONLINE_TURN_MS = 1_000;
/** Every count that was told is read again this often: nobody says that the people of a dead gateway have gone. */
const READ_AGAIN_MS = 30_000;
/** Groups counted in one question. More wait for the next turn. */
const READ_MAX = 1_000;

export type OnlineCounts = { presence: number; presenceSkipped: number };

export type OnlineNeeds = {
  readonly presence: Presence;
  readonly lanes: Pick<Lanes, "held">;
  readonly ephemeral: Pick<Ephemeral, "publish">;
  readonly clock: Clock;
  /** How long a session counts after it was last said to be here. */
  readonly ttlMs: number;
  readonly counts: OnlineCounts;
  readonly failed: (error: unknown, what: string) => void;
};

/**
 * How many people are in a group: those with a connection, to any gateway, that is subscribed to it. Sessions that
 * have the group active are told when it changes, each group at most once in LIMITS.presenceEveryMs. Without
 * `presence` nothing is told and nothing else suffers.
 */
export class Online {
  readonly #needs: OnlineNeeds;
  /** Groups somebody has come to or gone from here. */
  #stirred = new Set<number>();
  /** Groups whose count may have changed anywhere. */
  readonly #due = new Set<number>();
  /** What was told of the groups that somebody here has active. */
  readonly #told = new Map<number, { readonly on: number; readonly atMs: number }>();
  #readAtMs: number;
  #running = false;

  constructor(needs: OnlineNeeds) {
    this.#needs = needs;
    this.#readAtMs = needs.clock.monotonicMs();
  }

  /** The session has subscribed to the group. */
  entered(session: Session, g: number): void {
    this.#enter(session, [g], () => this.#stirred.add(g));
  }

  /** The session still has what it has subscribed to. */
  stays({ sid, person, groups, passive }: Session): void {
    if (groups.size + passive.size > 0) this.#enter({ sid, person }, [...groups, ...passive], () => undefined);
  }

  /** The session is subscribed to these groups no more. */
  left({ sid }: Session, groups: readonly number[]): void {
    if (groups.length === 0) return;
    const { presence, failed } = this.#needs;
    void presence.exit(sid, groups).then(
      () => groups.forEach((g) => this.#stirred.add(g)),
      // It ends by itself, and the count is read again.
      (error: unknown) => failed(error, "presence_failed"),
    );
  }

  /** The count of the group may have changed. */
  stir(g: number): void {
    if (this.#audienceOf(g) !== undefined) this.#due.add(g);
  }

  /** @throws AppError what `presence` throws. */
  async count(g: number): Promise<number> {
    return (await this.#needs.presence.present([g]))[0] ?? 0;
  }

  /** Called every ONLINE_TURN_MS. One turn at a time. */
  turn(): void {
    const nowMs = this.#needs.clock.monotonicMs();
    this.#publish();
    if (nowMs - this.#readAtMs >= READ_AGAIN_MS) {
      this.#readAtMs = nowMs;
      for (const g of this.#told.keys()) this.#due.add(g);
    }
    if (this.#running || this.#due.size === 0) return;
    this.#running = true;
    // Never rejects.
    void this.#read(nowMs).finally(() => {
      this.#running = false;
    });
  }

  #enter({ sid, person }: Pick<Session, "sid" | "person">, groups: readonly number[], then: () => void): void {
    if (person === undefined) return;
    const { presence, ttlMs, failed } = this.#needs;
    void presence.enter(person.u, sid, groups, ttlMs).then(then, (error: unknown) => failed(error, "presence_failed"));
  }

  #publish(): void {
    const stirred = this.#stirred;
    this.#stirred = new Set();
    try {
      for (const g of stirred) this.#needs.ephemeral.publish({ k: "pres", g });
    } catch (error) {
      this.#needs.failed(error, "presence_failed");
    }
  }

  async #read(nowMs: number): Promise<void> {
    const { presence, failed } = this.#needs;
    const asked: number[] = [];
    for (const g of this.#due) {
      if (asked.length >= READ_MAX) break;
      if (nowMs - (this.#told.get(g)?.atMs ?? Number.NEGATIVE_INFINITY) >= LIMITS.presenceEveryMs) asked.push(g);
    }
    if (asked.length === 0) return;
    // News that come while the count is on its way ask for another.
    for (const g of asked) this.#due.delete(g);
    try {
      const counts = await presence.present(asked);
      asked.forEach((g, i) => this.#tell(g, counts[i] ?? 0, nowMs));
    } catch (error) {
      failed(error, "presence_failed");
      for (const g of asked) this.#due.add(g);
    }
  }

  #tell(g: number, on: number, nowMs: number): void {
    const audience = this.#audienceOf(g);
    if (audience === undefined) return void this.#told.delete(g);
    if (this.#told.get(g)?.on === on) return;
    this.#told.set(g, { on, atMs: nowMs });
    for (const { list } of [audience.msgpack, audience.json]) {
      const { sent, skipped } = tell(list, { t: SERVER_FRAME.pres, g, on });
      this.#needs.counts.presence += sent;
      this.#needs.counts.presenceSkipped += skipped;
    }
  }

  /** Who here has the group active; nobody: undefined. */
  #audienceOf(g: number) {
    const audience = this.#needs.lanes.held(g)?.audience;
    return audience === undefined || audience.size === 0 ? undefined : audience;
  }
}
