import { AppError, type Clock } from "@guildhall/kernel";
import type { Redis } from "ioredis";
import { memoryPresence } from "./memory.ts";
import type { Cursor, Presence, Rate, Taken } from "./presence.ts";
import { connectRedis } from "./redis-client.ts";
import type { RedisConfig } from "./redis-settings.ts";
import { refill } from "./tokens.ts";

/** Each takes one token at a time; a bucket always goes by the same one. */
const TAKERS = 4;
/** Takes that wait for a taker. At the bound the process's own buckets answer. */
const TAKING_MAX = 1_000;
/** A bucket that others change at the same moment is tried again this often; then the process's own answers. */
const TAKE_TRIES_MAX = 20;
/** The server's time is asked for again after this long. */
const TIME_KEPT_MS = 10_000;
/** A bucket that is full is kept this much longer: what we take for the server's time may be behind. */
const FULL_KEPT_MS = 10_000;
/** One number for epoch and seq: epochs stay below 2^13, seqs below 2^40. */
const EPOCH = 2 ** 40;

export type RedisPresenceOptions = {
  readonly config: RedisConfig;
  readonly clock: Clock;
  /** Hears of a lost server and of each command that failed. */
  readonly onError: (error: unknown) => void;
  /** In front of every key: one installation, one prefix. */
  readonly prefix?: string;
  /** The time, instead of the server's. */
  readonly nowMs?: () => number;
};

/**
 * Presence shared by all processes, on Redis. Every key ends by itself. Without Redis buckets and cursors are the
 * process's own and nobody's presence is known.
 *
 * No scripts: the server's user needs none of that right. Several processes that take from one bucket at one moment
 * notice it by `WATCH`.
 *
 * @throws AppError `UNAVAILABLE` when Redis is not there at the start.
 */
export async function redisPresence(options: RedisPresenceOptions): Promise<Presence> {
  const { config, onError } = options;
  const redis = await connectRedis(config, onError);
  const takers: Taker[] = [];
  for (let i = 0; i < TAKERS; i++) takers.push(new Taker(await connectRedis(config, onError)));
  return new RedisPresence(options, redis, takers);
}

class RedisPresence implements Presence {
  readonly #options: RedisPresenceOptions;
  readonly #redis: Redis;
  readonly #takers: readonly Taker[];
  /** What this process knows by itself, for when Redis is gone. */
  readonly #own: Presence;
  /** Whose each session of this process is, until it leaves. As many as it has connections. */
  readonly #people = new Map<string, number>();
  /** Server's time less our monotonic time, and when it was asked for. */
  #aheadMs = 0;
  #askedMs = Number.NEGATIVE_INFINITY;

  constructor(options: RedisPresenceOptions, redis: Redis, takers: readonly Taker[]) {
    this.#options = options;
    this.#redis = redis;
    this.#takers = takers;
    this.#own = memoryPresence(options.clock);
  }

  async arrive(person: number, session: string, ttlMs: number): Promise<void> {
    await this.#ask(async () => {
      const nowMs = await this.#nowMs();
      const asked = this.#redis.multi();
      seat(asked, this.#key("here", person), session, nowMs, ttlMs);
      check(await asked.exec());
    });
  }

  async leave(person: number, session: string): Promise<void> {
    this.#people.delete(session);
    await this.#ask(() => this.#redis.zrem(this.#key("here", person), session));
  }

  async enter(person: number, session: string, groups: readonly number[], ttlMs: number): Promise<void> {
    this.#people.set(session, person);
    await this.#ask(async () => {
      const nowMs = await this.#nowMs();
      const asked = this.#redis.pipeline();
      for (const group of groups) seat(asked, this.#key("in", group), `${person}/${session}`, nowMs, ttlMs);
      check(await asked.exec());
    });
  }

  async exit(session: string, groups: readonly number[]): Promise<void> {
    const person = this.#people.get(session);
    // One that entered through another process is that one's to take out; else it ends by itself.
    if (person === undefined) return;
    await this.#ask(async () => {
      const asked = this.#redis.pipeline();
      for (const group of groups) asked.zrem(this.#key("in", group), `${person}/${session}`);
      check(await asked.exec());
    });
  }

  async present(groups: readonly number[]): Promise<readonly number[]> {
    if (groups.length === 0) return [];
    return this.#ask(async () => {
      const nowMs = await this.#nowMs();
      const asked = this.#redis.pipeline();
      for (const group of groups) asked.zrangebyscore(this.#key("in", group), `(${nowMs}`, "+inf");
      return check(await asked.exec()).map((seats) => peopleIn(seats as string[]));
    });
  }

  async sessions(people: readonly number[]): Promise<readonly number[]> {
    if (people.length === 0) return [];
    return this.#ask(async () => {
      const nowMs = await this.#nowMs();
      const asked = this.#redis.pipeline();
      for (const person of people) asked.zcount(this.#key("here", person), `(${nowMs}`, "+inf");
      return check(await asked.exec()).map(Number);
    });
  }

  async putCursor(person: number, group: number, cursor: Cursor, ttlMs: number): Promise<void> {
    const { ep, s, m } = cursor;
    await this.#own.putCursor(person, group, cursor, ttlMs);
    const [at, counted, until] = this.#cursorKeys(person);
    try {
      const nowMs = await this.#nowMs();
      const asked = this.#redis
        .multi()
        .zadd(at, "GT", "CH", ep * EPOCH + s, String(group))
        .zadd(counted, "GT", ep * EPOCH + m, String(group));
      const [moved] = check(await asked.exec());
      if (Number(moved) === 0) return;
      const lived = this.#redis.multi().zadd(until, nowMs + ttlMs, String(group));
      for (const key of [at, counted, until]) lived.pexpire(key, ttlMs);
      check(await lived.exec());
    } catch (error) {
      this.#options.onError(error);
    }
  }

  async cursors(person: number, groups: readonly number[]): Promise<readonly (Cursor | undefined)[]> {
    if (groups.length === 0) return [];
    const names = groups.map(String);
    const keys = this.#cursorKeys(person);
    try {
      const nowMs = await this.#nowMs();
      const asked = this.#redis.pipeline();
      for (const key of keys) asked.zmscore(key, ...names);
      const [at, counted, until] = check(await asked.exec()) as (string | null)[][];
      return names.map((_, i) => cursorOf(at?.[i], counted?.[i], until?.[i], nowMs));
    } catch (error) {
      this.#options.onError(error);
      return this.#own.cursors(person, groups);
    }
  }

  async take(name: string, rate: Rate): Promise<Taken> {
    const taker = this.#takers[hashOf(name) % TAKERS];
    if (taker === undefined || taker.waiting >= TAKING_MAX) return this.#own.take(name, rate);
    try {
      const taken = await taker.take(this.#key("rate", name), rate, () => this.#nowMs());
      return taken ?? (await this.#own.take(name, rate));
    } catch (error) {
      if (error instanceof AppError) throw error;
      this.#options.onError(error);
      return this.#own.take(name, rate);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#redis.disconnect();
    for (const taker of this.#takers) taker.stop();
    await this.#own[Symbol.asyncDispose]();
  }

  #key(what: string, of: number | string): string {
    return `${this.#options.prefix ?? "guildhall"}:${what}:${of}`;
  }

  #cursorKeys(person: number): [string, string, string] {
    return [this.#key("read", person), this.#key("read-m", person), this.#key("read-until", person)];
  }

  /** The server's time, the same for all processes; ms. */
  async #nowMs(): Promise<number> {
    if (this.#options.nowMs !== undefined) return this.#options.nowMs();
    const monotonicMs = this.#options.clock.monotonicMs();
    if (monotonicMs - this.#askedMs > TIME_KEPT_MS) {
      const [seconds, micros] = await this.#redis.time();
      this.#aheadMs = Number(seconds) * 1_000 + Number(micros) / 1_000 - monotonicMs;
      this.#askedMs = monotonicMs;
    }
    return this.#options.clock.monotonicMs() + this.#aheadMs;
  }

  async #ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw new AppError("UNAVAILABLE", "Redis does not answer", { cause });
    }
  }
}

/** One connection that takes tokens one after another: what it watches is its own. */
class Taker {
  readonly #redis: Redis;
  #last: Promise<unknown> = Promise.resolve();
  waiting = 0;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** Undefined where others were quicker each time. */
  take(key: string, rate: Rate, now: () => Promise<number>): Promise<Taken | undefined> {
    this.waiting++;
    const turn = this.#last.then(() => this.#take(key, rate, now)).finally(() => void this.waiting--);
    this.#last = turn.catch(() => {});
    return turn;
  }

  stop(): void {
    this.#redis.disconnect();
  }

  async #take(key: string, rate: Rate, now: () => Promise<number>): Promise<Taken | undefined> {
    for (let attempt = 0; attempt < TAKE_TRIES_MAX; attempt++) {
      await this.#redis.watch(key);
      const held = await this.#redis.get(key);
      const nowMs = await now();
      const { taken, fullAtMs } = refill(rate, held === null ? nowMs : Number(held), nowMs);
      if (!taken.ok) {
        await this.#redis.unwatch();
        return taken;
      }
      const ttlMs = Math.max(0, Math.ceil(fullAtMs - nowMs)) + FULL_KEPT_MS;
      const done = await this.#redis.multi().set(key, String(fullAtMs), "PX", ttlMs).exec();
      if (done !== null) return taken;
    }
    return undefined;
  }
}

function cursorOf(
  at: string | null | undefined,
  counted: string | null | undefined,
  until: string | null | undefined,
  nowMs: number,
): Cursor | undefined {
  if (at == null || counted == null || until == null || Number(until) <= nowMs) return undefined;
  const place = Number(at);
  return { ep: Math.floor(place / EPOCH), s: place % EPOCH, m: Number(counted) % EPOCH };
}

type Pipeline = ReturnType<Redis["pipeline"]>;

/** A seat that ends by itself; those that have ended go. The key lives as long as the last of its seats. */
function seat(asked: Pipeline, key: string, name: string, nowMs: number, ttlMs: number): void {
  asked.zremrangebyscore(key, "-inf", nowMs).zadd(key, nowMs + ttlMs, name);
  asked.pexpire(key, ttlMs, "NX").pexpire(key, ttlMs, "GT");
}

/** Different people among seats of `person/session`. */
function peopleIn(seats: readonly string[]): number {
  return new Set(seats.map((name) => name.slice(0, name.indexOf("/")))).size;
}

type Answers = readonly (readonly [Error | null, unknown])[] | null;

/** @throws Error of the first command that failed. */
function check(answers: Answers): unknown[] {
  return (answers ?? []).map(([error, value]) => {
    if (error !== null) throw error;
    return value;
  });
}

function hashOf(name: string): number {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 31) + name.charCodeAt(i)) >>> 0;
  return hash;
}
