import type { Env } from "@guildhall/config";

export type FanoutConfig = {
  /** Fixed at installation. */
  readonly partitions: number;
  /** The journal is cut behind the checkpoint at this age or beyond this size. */
  readonly journalKeepMs: number;
  readonly journalKeepBytes: number;
  /** Of what waits for the store, bodies in memory, a partition; beyond it they are in the journal only. */
  readonly backlogMemoryBytes: number;
};

export function fanoutConfig(env: Env): FanoutConfig {
  return {
    partitions: env.int("PARTITIONS", 16, { min: 1, max: 1_024 }),
    journalKeepMs: env.int("JOURNAL_KEEP_S", 86_400, { min: 60, max: 30 * 86_400 }) * 1_000,
    journalKeepBytes: env.int("JOURNAL_KEEP_MIB", 1_024, { min: 1, max: 1_048_576 }) * 1024 * 1024,
    backlogMemoryBytes: env.int("FANOUT_BACKLOG_MEMORY_KIB", 16_384, { min: 64, max: 16_777_216 }) * 1024,
  };
}
