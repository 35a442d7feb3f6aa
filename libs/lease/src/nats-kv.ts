import { AppError, type Clock } from "@guildhall/kernel";
import type { Nats } from "@guildhall/nats";
import { type KV, Kvm, type KvWatchEntry } from "@nats-io/kv";
import { LEASE_TTL_MS, type Leases } from "./lease.ts";

/** The bucket of an installation. */
export const BUCKET = "guildhall-leases";
const API_MAX_MS = 2_000;
/** What is seen of others is old by the way it took: it is believed this much longer, ms. */
const SEEN_MARGIN_MS = 500;
const REWATCH_MS = 500;

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

type Seen = { readonly holder: string; readonly revision: number; readonly untilMs: number };

class NatsLeases implements Leases {
  readonly holder: string;
  readonly #clock: Clock;
  readonly #kv: KV;
  readonly #seen = new Map<string, Seen>();
  /** Revisions of what this holder has. */
  readonly #mine = new Map<string, number>();
  #watching: AsyncIterable<KvWatchEntry> & { stop(): void } = NOTHING;
  #ended: Promise<void> = Promise.resolve();
  #closed = false;

  constructor({ holder, clock }: NatsLeasesOptions, kv: KV) {
    this.holder = holder;
    this.#clock = clock;
    this.#kv = kv;
  }

  /** Resolves when changes are heard of; what is held already is told at once. */
  async start(): Promise<void> {
    await this.#watch();
    // Ends when these are closed.
    void this.#follow();
  }

  async hold(name: string): Promise<boolean> {
    this.#checkOpen();
    const revision = this.#mine.get(name);
    if (revision !== undefined && (await this.#renew(name, revision))) return true;
    this.#mine.delete(name);
    return this.#create(name);
  }

  async release(name: string): Promise<void> {
    this.#checkOpen();
    const revision = this.#mine.get(name);
    if (revision === undefined) return;
    this.#mine.delete(name);
    await this.#kv.delete(name, { previousSeq: revision }).catch((cause: unknown) => {
      if (!isConflict(cause)) throw unavailable(cause);
    });
    this.#seen.delete(name);
  }

  async held(): Promise<ReadonlyMap<string, string>> {
    this.#checkOpen();
    // What was seen counts only while the bucket answers.
    await this.#kv.status().catch((cause: unknown) => {
      throw unavailable(cause);
    });
    const nowMs = this.#clock.monotonicMs();
    const held = new Map<string, string>();
    for (const [name, { holder, untilMs }] of this.#seen) {
      if (untilMs > nowMs) held.set(name, holder);
      else this.#seen.delete(name);
    }
    return held;
  }

  /** Leaves the connection to who made it; what is held ends by itself. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#watching.stop();
  }

  #checkOpen(): void {
    if (this.#closed) throw new AppError("UNAVAILABLE", "the leases are closed");
  }

  async #renew(name: string, revision: number): Promise<boolean> {
    try {
      this.#mine.set(name, await this.#kv.update(name, this.holder, revision, API_MAX_MS));
      this.#see(name, this.holder, this.#mine.get(name) ?? 0);
      return true;
    } catch (cause) {
      if (isConflict(cause)) return false;
      throw unavailable(cause);
    }
  }

  async #create(name: string): Promise<boolean> {
    try {
      const revision = await this.#kv.create(name, this.holder);
      this.#mine.set(name, revision);
      this.#see(name, this.holder, revision);
      return true;
    } catch (cause) {
      if (isConflict(cause)) return false;
      throw unavailable(cause);
    }
  }

  #see(name: string, holder: string, revision: number): void {
    const known = this.#seen.get(name);
    if (known !== undefined && known.revision > revision) return;
    this.#seen.set(name, {
      holder,
      revision,
      untilMs: this.#clock.monotonicMs() + LEASE_TTL_MS + SEEN_MARGIN_MS,
    });
  }

  async #watch(): Promise<void> {
    const entries = await this.#kv.watch().catch((cause: unknown) => {
      throw unavailable(cause);
    });
    this.#watching = entries;
    this.#take(entries);
  }

  #take(entries: AsyncIterable<KvWatchEntry>): void {
    this.#ended = (async () => {
      for await (const entry of entries) {
        if (entry.operation === "PUT") this.#see(entry.key, entry.string(), entry.revision);
        else if ((this.#seen.get(entry.key)?.revision ?? 0) < entry.revision) this.#seen.delete(entry.key);
      }
    })().catch(() => {});
  }

  /** Watches again whenever a watch has ended. Never rejects. */
  async #follow(): Promise<void> {
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
  if (cause instanceof AppError) return cause;
  return new AppError("UNAVAILABLE", `leases: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}
