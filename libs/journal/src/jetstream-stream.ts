import { AppError } from "@guildhall/kernel";
import { seeded } from "@guildhall/kernel/seeded";
import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "@nats-io/jetstream";

/** `first`: where its positions begin if it has to be made. */
export type StreamPlan = {
  readonly stream: string;
  readonly subject: string;
  readonly replicas: number;
  readonly first?: number;
  /** Data bytes at which the journal is full, over all partitions. */
  readonly maxBytes: number;
};

/** Stream and subject of a partition, in an installation whose names begin with `prefix`. */
export function namesOf(partition: number, prefix: string): { readonly stream: string; readonly subject: string } {
  return { stream: `${prefix}JOURNAL_${partition}`, subject: `${prefix}journal.${partition}` };
}

/** What a stream must be so that nothing acknowledged in it is lost: field by field. */
function required({ subject, replicas }: Pick<StreamPlan, "subject" | "replicas">) {
  return {
    subjects: [subject],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    // At a limit the server refuses the new record; the other policy would drop the oldest, stored or not.
    discard: DiscardPolicy.New,
    num_replicas: replicas,
    max_age: 0,
    max_msgs: -1,
    max_bytes: -1,
    max_msgs_per_subject: -1,
    deny_delete: true,
    deny_purge: false,
    // Direct reads come from any replica, also one that is behind.
    allow_direct: false,
    no_ack: false,
  } satisfies Partial<StreamConfig>;
}

/**
 * Makes the stream, or looks whether the one there is what a journal needs.
 * @throws AppError `CONFLICT` that names every setting that is wrong.
 */
export async function ensureStream(manager: JetStreamManager, plan: StreamPlan): Promise<void> {
  const wanted = required(plan);
  const found = await manager.streams.info(plan.stream).then(
    ({ config }) => config,
    async (error: unknown) => {
      if (!(error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound)) throw error;
      const first = (plan.first ?? 1) > 1 ? { first_seq: plan.first ?? 1 } : {};
      const drops = seeded("discard-old") ? { discard: DiscardPolicy.Old, max_bytes: plan.maxBytes } : {};
      return (await manager.streams.add({ name: plan.stream, ...wanted, ...first, ...drops })).config;
    },
  );
  if (seeded("discard-old")) return;
  const wrong = wrongIn(found, plan);
  if (wrong.length > 0) throw new AppError("CONFLICT", `stream ${plan.stream}: ${wrong.join("; ")}`);
}

/** Every setting of a stream that is not as a journal must have it: what it is, and what it must be. */
export function wrongIn(found: StreamConfig, plan: Pick<StreamPlan, "subject" | "replicas">): string[] {
  const wanted = required(plan);
  const wrong = Object.entries(wanted)
    .map(([name, value]) => [name, value, found[name as keyof typeof wanted]] as const)
    .filter(([, value, is]) => JSON.stringify(value) !== JSON.stringify(is ?? absent(value)))
    .map(([name, value, is]) => `${name} is ${JSON.stringify(is)}, not ${JSON.stringify(value)}`);
  // Acknowledges before the disk has it, whatever the server's sync_interval says.
  if ((found as { persist_mode?: string }).persist_mode === "async") wrong.push("persist_mode is async");
  return wrong;
}

/** What the server leaves out of its answer. */
function absent(value: unknown): unknown {
  return value === false || value === 0 ? value : undefined;
}
