import type { Bus, Subscription } from "@guildhall/bus";
import { partitionOf } from "@guildhall/kernel";
import type { EphNews, EphOutFrame } from "@guildhall/proto";
import { LIMITS, SERVER_FRAME } from "@guildhall/proto/tables";
import { ephSubject, pack, unpack } from "@guildhall/wire";
import type { Lanes } from "../delivery/lanes.ts";
import type { Session } from "../session/session.ts";
import type { Sessions } from "../session/sessions.ts";
import { tell } from "./tell.ts";

export type EphemeralCounts = { ephemeral: number; ephemeralSkipped: number };

export type EphemeralNeeds = {
  readonly bus: Bus;
  readonly partitions: number;
  readonly lanes: Pick<Lanes, "held">;
  readonly sessions: Sessions;
  readonly counts: EphemeralCounts;
  /** Somebody has come to a group or gone. */
  readonly stirred: (g: number) => void;
  readonly failed: (error: unknown, what: string) => void;
};

/** What is told once to those who are there: who types, and what one has read on another device. Kept nowhere. */
export class Ephemeral {
  readonly #needs: EphemeralNeeds;
  #subscriptions: Subscription[] = [];

  constructor(needs: EphemeralNeeds) {
    this.#needs = needs;
  }

  async start(): Promise<void> {
    const { bus, partitions, failed } = this.#needs;
    const listen = (p: number) =>
      bus.subscribe(ephSubject(p), ({ data }) => {
        try {
          this.#deliver(unpack(data) as EphNews);
        } catch (error) {
          failed(error, "eph_failed");
        }
      });
    this.#subscriptions = await Promise.all(Array.from({ length: partitions }, (_, p) => listen(p)));
  }

  stop(): void {
    for (const subscription of this.#subscriptions.splice(0)) subscription.stop();
  }

  /** Tells every gateway. Lost news of this kind is no loss. @throws AppError `UNAVAILABLE` when the bus is closed. */
  publish(news: EphNews): void {
    this.#needs.bus.publish(ephSubject(partitionOf(news.g, this.#needs.partitions)), pack(news));
  }

  #deliver(news: EphNews): void {
    if (news.k === "pres") return this.#needs.stirred(news.g);
    if (news.k === "typing") return this.#typing(news.g, news.u);
    const { g, u, s, m } = news;
    const frame: EphOutFrame = { t: SERVER_FRAME.eph, g, k: "read", u: [u], s, m };
    const others = this.#needs.sessions.of(u).filter(({ sid }) => sid !== news.sid);
    this.#tell(
      others.filter(({ groups, passive }) => groups.has(g) || passive.has(g)),
      frame,
    );
  }

  #typing(g: number, u: number): void {
    const lane = this.#needs.lanes.held(g);
    if (lane === undefined || lane.audience.size > LIMITS.typingOnlineMax) return;
    const frame: EphOutFrame = { t: SERVER_FRAME.eph, g, k: "typing", u: [u] };
    for (const list of [lane.audience.msgpack.list, lane.audience.json.list]) {
      this.#tell(
        list.filter(({ person }) => person?.u !== u),
        frame,
      );
    }
  }

  #tell(sessions: readonly Session[], frame: EphOutFrame): void {
    const { sent, skipped } = tell(sessions, frame);
    this.#needs.counts.ephemeral += sent;
    this.#needs.counts.ephemeralSkipped += skipped;
  }
}
