import { AppError } from "@guildhall/kernel";
import type { Nats } from "@guildhall/nats";
import {
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  type StreamInfo,
} from "@nats-io/jetstream";
import { namesOf, wrongIn } from "./jetstream-stream.ts";

const API_MAX_MS = 4_000;
/** Streams asked for together. */
const ASKING_MAX = 8;

/** A partition's stream as it is. */
export type StreamFound = {
  readonly partition: number;
  readonly stream: string;
  readonly replicas: number;
  readonly bytes: number;
  /** Settings that are not as a journal must have them, each in words. */
  readonly wrong: readonly string[];
  /** Copies that are not there or not up to date, each in words. */
  readonly ill: readonly string[];
};

/** JetStream as doctors see it: nothing is made and nothing changed. */
export type JetStreamFound = {
  /** Streams that are there, the one after the last partition too if it is. */
  readonly streams: readonly StreamFound[];
  /** Bytes used by this account's files, and how many it may; undefined for no limit. */
  readonly usedBytes: number;
  readonly maxBytes: number | undefined;
  /** JetStream's clock less ours, ms, and how far wrong that may be; undefined where no stream is there to tell. */
  readonly ahead: { readonly ms: number; readonly within: number } | undefined;
};

export type InspectOptions = {
  readonly nats: Nats;
  readonly partitions: number;
  readonly replicas: number;
  readonly prefix?: string;
  /** Our clock, ms. */
  readonly nowMs: () => number;
};

/** Looks at the streams of all partitions. @throws AppError `UNAVAILABLE` when JetStream does not answer. */
export async function inspectJetStream(options: InspectOptions): Promise<JetStreamFound> {
  const { nats, partitions, nowMs } = options;
  try {
    const manager = await jetstreamManager(nats.connection, { timeout: API_MAX_MS });
    const account = await manager.getAccountInfo();
    const streams: StreamFound[] = [];
    let ahead: JetStreamFound["ahead"];
    // One more than there should be: where it is, the streams are of an installation with more partitions.
    for (let from = 0; from <= partitions; from += ASKING_MAX) {
      const count = Math.min(ASKING_MAX, partitions + 1 - from);
      const asked = Array.from({ length: count }, async (_, i) => {
        const beforeMs = nowMs();
        const info = await infoOf(manager, namesOf(from + i, options.prefix ?? "").stream);
        if (info === undefined) return;
        streams.push(foundOf(from + i, info, options));
        ahead = closer(ahead, info, beforeMs, nowMs());
      });
      await Promise.all(asked);
    }
    streams.sort((a, b) => a.partition - b.partition);
    const { max_storage } = account.limits;
    return { streams, usedBytes: account.storage, maxBytes: max_storage < 0 ? undefined : max_storage, ahead };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AppError("UNAVAILABLE", `JetStream: ${why}`, { cause });
  }
}

async function infoOf(manager: JetStreamManager, stream: string): Promise<StreamInfo | undefined> {
  return manager.streams.info(stream).catch((error: unknown) => {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return undefined;
    throw error;
  });
}

function foundOf(partition: number, info: StreamInfo, { prefix = "", replicas }: InspectOptions): StreamFound {
  const { stream, subject } = namesOf(partition, prefix);
  const wrong = wrongIn(info.config, { subject, replicas });
  const ill = (info.cluster?.replicas ?? []).flatMap(({ name, current, offline }) =>
    offline === true ? [`${name} is offline`] : current ? [] : [`${name} is behind`],
  );
  if (info.cluster !== undefined && (info.cluster.leader ?? "") === "") ill.push("it has no leader");
  return { partition, stream, replicas: info.config.num_replicas, bytes: info.state.bytes, wrong, ill };
}

/** The quickest answer tells the time best. */
function closer(known: JetStreamFound["ahead"], { ts }: StreamInfo, beforeMs: number, afterMs: number) {
  const serverMs = Date.parse(ts ?? "");
  const within = (afterMs - beforeMs) / 2;
  if (Number.isNaN(serverMs) || (known !== undefined && known.within <= within)) return known;
  return { ms: serverMs - (beforeMs + afterMs) / 2, within };
}
