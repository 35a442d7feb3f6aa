import { AppError } from "@guildhall/kernel";
import type { Nats } from "@guildhall/nats";
import { Kvm } from "@nats-io/kv";
import { BUCKET } from "./nats-kv.ts";

/** The bucket of leases as it is: nothing is made and nothing changed. */
export type LeaseBucketFound = {
  readonly bucket: string;
  readonly ttlMs: number;
  readonly replicas: number;
  readonly history: number;
};

/** Undefined where there is no bucket yet. @throws AppError `UNAVAILABLE` when JetStream does not answer. */
export async function inspectLeases(nats: Nats, bucket: string = BUCKET): Promise<LeaseBucketFound | undefined> {
  try {
    const { ttl, replicas, history } = await (await new Kvm(nats.connection).open(bucket)).status();
    return { bucket, ttlMs: ttl, replicas, history };
  } catch (cause) {
    if ((cause as { code?: number }).code === STREAM_NOT_FOUND) return undefined;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AppError("UNAVAILABLE", `leases: ${why}`, { cause });
  }
}

const STREAM_NOT_FOUND = 10_059;
