import { AppError, type Clock } from "@guildhall/kernel";
import type { Session } from "../session/session.ts";
import { afterToken, Buckets, type Rate, untilTokenMs } from "./buckets.ts";

/** Buckets of one kind kept at once. At the bound the oldest is forgotten and its owner begins anew. */
const BUCKETS_MAX = 200_000;
const REFUSED_WINDOW_MS = 60_000;
const SILENT_AWAY_MS = 1_000;

/** What a client may do in a time. A number of 0 switches its limit off. */
export type GatewayLimits = {
  /** Frames of one connection. */
  readonly frames: Rate;
  /** Frames of one connection that may be refused in a minute before it is closed. */
  readonly refusedPerMinute: number;
  /** Sends of one person over all connections to this gateway. */
  readonly sends: Rate;
  /** Sends of one person into one group. */
  readonly sendsInGroup: Rate;
  /** Sends of everybody into one group. */
  readonly groupSends: Rate;
  /** Handshakes from one address. */
  readonly handshakes: Rate;
  /** Handshakes in all. */
  readonly nodeHandshakes: Rate;
  /** Connections that have not said hello: from one address, and in all. */
  readonly silentPerAddress: number;
  readonly silentMax: number;
  readonly connectionsPerPerson: number;
};

/** Which limit was met, as it is counted. */
export type Scope = "conn" | "user" | "user_group" | "group" | "address" | "node" | "silent" | "connections";

/**
 * Counts what clients do against the limits, in this process and at once: a send waits for nothing here.
 * Several gateways count each for itself.
 */
export class Limits {
  readonly #limits: GatewayLimits;
  readonly #clock: Clock;
  readonly #refused: (scope: Scope) => void;
  readonly #people: Buckets<number>;
  readonly #peopleInGroups: Buckets<string>;
  readonly #groups: Buckets<number>;
  readonly #addresses: Buckets<string>;
  /** When the bucket of all handshakes will be full. */
  #nodeFullAtMs = 0;

  constructor(limits: GatewayLimits, clock: Clock, refused: (scope: Scope) => void) {
    this.#limits = limits;
    this.#clock = clock;
    this.#refused = refused;
    this.#people = new Buckets(limits.sends, BUCKETS_MAX);
    this.#peopleInGroups = new Buckets(limits.sendsInGroup, BUCKETS_MAX);
    this.#groups = new Buckets(limits.groupSends, BUCKETS_MAX);
    this.#addresses = new Buckets(limits.handshakes, BUCKETS_MAX);
  }

  /** Counts a frame. The refusal when it is one too many: it is to be answered, and nothing else. */
  frame(session: Session): AppError | undefined {
    const { frames } = this.#limits;
    const nowMs = this.#clock.monotonicMs();
    const waitMs = untilTokenMs(frames, session.framesFullAtMs, nowMs);
    if (waitMs > 0) return this.#refuse("conn", waitMs);
    session.framesFullAtMs = afterToken(frames, session.framesFullAtMs, nowMs);
    return undefined;
  }

  /** Whether a connection has now had as many frames refused as it may within a minute. */
  floods(session: Session): boolean {
    const { refusedPerMinute } = this.#limits;
    if (refusedPerMinute === 0) return false;
    const nowMs = this.#clock.monotonicMs();
    session.refusedAtMs.push(nowMs);
    if (session.refusedAtMs.length < refusedPerMinute) return false;
    const firstMs = session.refusedAtMs.shift() ?? nowMs;
    return nowMs - firstMs < REFUSED_WINDOW_MS;
  }

  /** Counts a send. One that is refused takes nothing. @throws AppError `RATE_LIMITED` with the scope that has longest to wait. */
  send(u: number, g: number): void {
    const nowMs = this.#clock.monotonicMs();
    const both = `${u}.${g}`;
    const personMs = this.#people.untilTokenMs(u, nowMs);
    const bothMs = this.#peopleInGroups.untilTokenMs(both, nowMs);
    const groupMs = this.#groups.untilTokenMs(g, nowMs);
    const waitMs = Math.max(personMs, bothMs, groupMs);
    if (waitMs > 0) {
      throw this.#refuse(waitMs === personMs ? "user" : waitMs === bothMs ? "user_group" : "group", waitMs);
    }
    this.#people.take(u, nowMs);
    this.#peopleInGroups.take(both, nowMs);
    this.#groups.take(g, nowMs);
  }

  /**
   * Counts a handshake, when `silent` connections wait for their hello, `silentHere` of them from its address. How long
   * to stay away; 0 to come in. `makeRoom` is called when there are too many in all: whether another has made room.
   */
  handshake(address: string, silentHere: number, silent: number, makeRoom: () => boolean = () => false): number {
    const { silentPerAddress, silentMax, nodeHandshakes } = this.#limits;
    const nowMs = this.#clock.monotonicMs();
    const waitMs = this.#addresses.untilTokenMs(address, nowMs);
    if (waitMs > 0) return this.#stayAway("address", waitMs);
    // After the addresses: a flood from one of them leaves the others their share.
    const nodeMs = untilTokenMs(nodeHandshakes, this.#nodeFullAtMs, nowMs);
    if (nodeMs > 0) return this.#stayAway("node", nodeMs);
    this.#addresses.take(address, nowMs);
    this.#nodeFullAtMs = afterToken(nodeHandshakes, this.#nodeFullAtMs, nowMs);
    if (silentPerAddress > 0 && silentHere >= silentPerAddress) return this.#stayAway("silent", SILENT_AWAY_MS);
    if (silentMax > 0 && silent >= silentMax && !makeRoom()) return this.#stayAway("silent", SILENT_AWAY_MS);
    return 0;
  }

  /** Counts a person's connection beside `others`. Whether it may be. */
  connection(others: number): boolean {
    const { connectionsPerPerson } = this.#limits;
    if (connectionsPerPerson === 0 || others < connectionsPerPerson) return true;
    this.#refused("connections");
    return false;
  }

  /** Forgets who has been quiet. */
  sweep(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const buckets of [this.#people, this.#peopleInGroups, this.#groups, this.#addresses]) buckets.sweep(nowMs);
  }

  #stayAway(scope: Scope, waitMs: number): number {
    this.#refused(scope);
    return waitMs;
  }

  #refuse(scope: Scope, waitMs: number): AppError {
    this.#refused(scope);
    // What the client has to leave alone until then: the connection, every group, or this group.
    const d = { scope: scope === "user_group" ? "group" : scope };
    return new AppError("RATE_LIMITED", scope, { d, retryAfterMs: waitMs });
  }
}
