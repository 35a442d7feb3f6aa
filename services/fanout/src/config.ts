import type { Env } from "@guildhall/config";

export type FanoutConfig = {
  /** Fixed at installation. */
  readonly partitions: number;
  /** The journal is cut behind the checkpoint at this age or beyond this size. */
  readonly journalKeepMs: number;
  readonly journalKeepBytes: number;
};

export function fanoutConfig(env: Env): FanoutConfig {
  return {
    partitions: env.int("PARTITIONS", 16, { min: 1, max: 1_024 }),
    journalKeepMs: env.int("JOURNAL_KEEP_S", 86_400, { min: 60, max: 30 * 86_400 }) * 1_000,
    journalKeepBytes: env.int("JOURNAL_KEEP_MIB", 1_024, { min: 1, max: 1_048_576 }) * 1024 * 1024,
  };
}

export type FanoutServersConfig = {
  /** Servers that keep each record and each lease. */
  readonly replicas: number;
  /** An append is refused beyond it. */
  readonly journalMaxBytes: number;
};

/** What only a fanout in a process of its own has to know. */
export function fanoutServersConfig(env: Env): FanoutServersConfig {
  return {
    replicas: env.int("NATS_REPLICAS", 1, { min: 1, max: 5 }),
    journalMaxBytes: env.int("JOURNAL_MAX_MIB", 2_048, { min: 1, max: 1_048_576 }) * 1024 * 1024,
  };
}
