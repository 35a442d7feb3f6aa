import { AppError, type Clock } from "@guildhall/kernel";
import type { Nats } from "@guildhall/nats";
import { type KV, Kvm, type KvWatchEntry } from "@nats-io/kv";
import { LEASE_TTL_MS, type Leases } from "./lease.ts";

/** The bucket of an installation. */
export const BUCKET = "guildhall-leases";
const API_MAX_MS = 1_000;
/** What is seen of others is old by the way it took: it is believed this much longer, ms. */
const SEEN_MARGIN_MS = 100;
/** What nobody has held for so long is forgotten, ms: holders have names of their own and do not come back. */
const FORGOTTEN_AFTER_MS = 60_000;
const REWATCH_MS = 500;
/** A watch that has not shown what this process itself wrote so long ago has ended without saying so, ms. */
const DEAF_AFTER_MS = 2_000;
/** Tries to take a name that changes hands between two of them; then it cannot be known. */
const ATTEMPTS_MAX = 3;

export type NatsLeasesOptions = {
  readonly nats: Nats;
  readonly clock: Clock;
  readonly holder: string;
  /** Servers that keep the leases. */
  readonly replicas: number;
  readonly bucket?: string;
};

/**
 * Leases in a NATS key-value bucket whose entries end by themselves.
 * @throws AppError `UNAVAILABLE` when JetStream does not answer.
 */
export async function natsLeases(options: NatsLeasesOptions): Promise<Leases> {
  const { nats, replicas, bucket = BUCKET } = options;
  const kv = await new Kvm(nats.connection)
    .create(bucket, { ttl: LEASE_TTL_MS, history: 1, replicas, timeout: API_MAX_MS })
    .catch((cause: unknown) => {
      throw unavailable(cause);
    });
  const leases = new NatsLeases(options, kv);
  await leases.start();
  return leases;
}

/** The bucket at a moment: its newest revision, and what time its server had. */
type Moment = { readonly revision: number; readonly serverMs: number; readonly atMs: number };

type Seen = { readonly holder: string; readonly revision: number; readonly untilMs: number };

class NatsLeases implements Leases {
  readonly holder: string;
  readonly #nats: Nats;
  readonly #clock: Clock;
  readonly #kv: KV;
  readonly #seen = new Map<string, Seen>();
  /** Revisions of what this holder has. */
  readonly #mine = new Map<string, number>();
  /** Names that were given up and not taken since, as far as this process has heard. */
  readonly #released = new Set<string>();
  /** Newest revision that the watch has shown, and the oldest write of this process that it has not. */
  #heard = 0;
  #unheard: { readonly revision: number; readonly atMs: number } | undefined;
  /** The bucket has answered every look since then. */
  #answeringSinceMs: number | undefined;
  #onReleased: (name: string) => void = () => {};
  #watching: AsyncIterable<KvWatchEntry> & { stop(): void } = NOTHING;
  #ended: Promise<void> = Promise.resolve();
  #closed = false;

  constructor({ nats, holder, clock }: NatsLeasesOptions, kv: KV) {
    this.holder = holder;
    this.#nats = nats;
    this.#clock = clock;
    this.#kv = kv;
  }

  /** Resolves when changes are heard of; what is held already is told at once. */
  async start(): Promise<void> {
    await this.#watch();
    // Ends when these are closed.
    void this.#keepWatching();
  }

  async hold(name: string): Promise<boolean> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      this.#checkOpen();
      // In place of the mark that its holder left: that needs no look at what is there.
      const mark = attempt === 0 && this.#released.has(name) ? this.#seen.get(name)?.revision : undefined;
      if (await this.#take(name, this.#mine.get(name) ?? mark)) return true;
      const found = await this.#ask(this.#kv.get(name));
      this.#mine.delete(name);
      if (found === null || found.operation !== "PUT") continue;
      this.#see(name, found.string(), found.revision);
      if (found.string() !== this.holder) return false;
      // An earlier try landed and its answer was lost.
      this.#mine.set(name, found.revision);
    }
    throw new AppError("UNAVAILABLE", `leases: ${name} changes hands`);
  }

  async release(name: string): Promise<void> {
    this.#checkOpen();
    const revision = this.#mine.get(name);
    if (revision === undefined) return;
    this.#mine.delete(name);
    this.#seen.set(name, { holder: this.holder, revision, untilMs: 0 });
    await this.#kv.delete(name, { previousSeq: revision }).catch((cause: unknown) => {
      if (!isConflict(cause)) throw unavailable(cause);
    });
  }

  async held(): Promise<ReadonlyMap<string, string>> {
    this.#checkOpen();
    // What was seen counts only while the bucket answers, and shows what is written to it.
    await this.#ask(this.#kv.status())
      .then(() => this.#checkHears())
      .catch((error: unknown) => {
        this.#answeringSinceMs = undefined;
        throw error;
      });
    const nowMs = this.#clock.monotonicMs();
    this.#answeringSinceMs ??= nowMs;
    const held = new Map<string, string>();
    for (const [name, { holder, untilMs }] of this.#seen) {
      if (untilMs > nowMs) held.set(name, holder);
      else if (untilMs + FORGOTTEN_AFTER_MS < nowMs) this.#seen.delete(name);
    }
    return held;
  }

  freeForMs(name: string): number {
    const nowMs = this.#clock.monotonicMs();
    const untilMs = this.#seen.get(name)?.untilMs ?? 0;
    if (untilMs > nowMs || this.#answeringSinceMs === undefined) return 0;
    if (this.#released.has(name)) return Number.POSITIVE_INFINITY;
    return nowMs - Math.max(untilMs, this.#answeringSinceMs);
  }

  onReleased(then: (name: string) => void): void {
    this.#onReleased = then;
  }

  /** Leaves the connection to who made it; what is held ends by itself. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#watching.stop();
  }

  #checkOpen(): void {
    if (this.#closed) throw new AppError("UNAVAILABLE", "the leases are closed");
  }

  #checkHears(): void {
    if (this.#unheard === undefined || this.#clock.monotonicMs() - this.#unheard.atMs < DEAF_AFTER_MS) return;
    this.#unheard = undefined;
    this.#watching.stop();
    throw new AppError("UNAVAILABLE", "leases: changes are not heard of");
  }

  /** Whether the name is this holder's now; if not, it is not what it was. */
  async #take(name: string, known: number | undefined): Promise<boolean> {
    try {
      const taken = known === undefined ? this.#kv.create(name, this.holder) : this.#renew(name, known);
      const revision = await this.#nats.unlessLost(taken);
      this.#mine.set(name, revision);
      this.#see(name, this.holder, revision);
      if (revision > this.#heard) this.#unheard ??= { revision, atMs: this.#clock.monotonicMs() };
      return true;
    } catch (cause) {
      if (isConflict(cause)) return false;
      throw unavailable(cause);
    }
  }

  #renew(name: string, revision: number): Promise<number> {
    return this.#kv.update(name, this.holder, revision, API_MAX_MS);
  }

  async #ask<T>(answer: Promise<T>): Promise<T> {
    try {
      return await this.#nats.unlessLost(answer);
    } catch (cause) {
      throw unavailable(cause);
    }
  }

  /** `ageMs`: how long ago it was written. */
  #see(name: string, holder: string, revision: number, ageMs = 0): void {
    const known = this.#seen.get(name);
    if (known !== undefined && known.revision >= revision) return;
    this.#released.delete(name);
    this.#seen.set(name, {
      holder,
      revision,
      untilMs: this.#clock.monotonicMs() + LEASE_TTL_MS + SEEN_MARGIN_MS - ageMs,
    });
  }

  /** Given up: an entry that ends by itself leaves no mark. */
  #gone(name: string, revision: number): void {
    const known = this.#seen.get(name);
    if (known !== undefined && known.revision >= revision) return;
    this.#seen.set(name, { holder: "", revision, untilMs: 0 });
    this.#released.add(name);
    if (known?.holder !== this.holder) this.#onReleased(name);
  }

  async #watch(): Promise<void> {
    const before = await this.#moment();
    const entries = await this.#kv.watch().catch((cause: unknown) => {
      throw unavailable(cause);
    });
    this.#watching = entries;
    this.#follow(entries, before);
  }

  async #moment(): Promise<Moment> {
    const { streamInfo } = await this.#ask(this.#kv.status());
    const { ts } = streamInfo as { readonly ts?: string };
    const atMs = this.#clock.monotonicMs();
    return { revision: streamInfo.state.last_seq, serverMs: Date.parse(ts ?? ""), atMs };
  }

  /** What was written before the watch began is as old as its server's clock says; all else is new. */
  #ageMs({ revision, created }: KvWatchEntry, before: Moment): number {
    if (revision > before.revision || Number.isNaN(before.serverMs)) return 0;
    const ageMs = before.serverMs - created.getTime() + this.#clock.monotonicMs() - before.atMs;
    return Math.min(LEASE_TTL_MS, Math.max(0, ageMs));
  }

  #follow(entries: AsyncIterable<KvWatchEntry>, before: Moment): void {
    this.#ended = (async () => {
      for await (const entry of entries) {
        this.#heard = Math.max(this.#heard, entry.revision);
        if (this.#heard >= (this.#unheard?.revision ?? 0)) this.#unheard = undefined;
        if (entry.operation === "PUT") this.#see(entry.key, entry.string(), entry.revision, this.#ageMs(entry, before));
        else this.#gone(entry.key, entry.revision);
      }
    })().catch(() => {});
  }

  /** Watches again whenever a watch has ended. Never rejects. */
  async #keepWatching(): Promise<void> {
    while (!this.#closed) {
      await this.#ended;
      if (this.#closed) return;
      await new Promise((resolve) => setTimeout(resolve, REWATCH_MS));
      await this.#watch().catch(() => {});
    }
  }
}

const NOTHING = {
  stop(): void {},
  async *[Symbol.asyncIterator](): AsyncGenerator<KvWatchEntry> {},
};

/** "wrong last sequence": the key is there, or is not what it was. */
function isConflict(cause: unknown): boolean {
  const code = (cause as { code?: number }).code;
  return code === 10_071 || code === 10_164;
}

function unavailable(cause: unknown): AppError {
  if (cause instanceof AppError && cause.code === "UNAVAILABLE") return cause;
  return new AppError("UNAVAILABLE", `leases: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}
