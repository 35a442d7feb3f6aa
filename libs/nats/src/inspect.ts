import { AppError } from "@guildhall/kernel";
import type { NatsConnection } from "nats";

/** A monitor that does not answer in this time is not there. */
const MONITOR_MAX_MS = 4_000;
/** Far more than the page has; what is longer is not read. */
const MONITOR_MAX_BYTES = 1024 * 1024;

/** What a server says of itself to its clients. */
export type NatsServer = {
  readonly name: string;
  readonly version: string;
  /** Servers of the cluster that clients are told of; 1 where there is no cluster. */
  readonly servers: number;
  readonly jetstream: boolean;
};

/** The server that a connection leads to. */
export function serverOf(connection: NatsConnection): NatsServer {
  const info = connection.info as { server_name?: string; version?: string; connect_urls?: string[] } | undefined;
  return {
    name: info?.server_name ?? "a server without a name",
    version: info?.version ?? "0.0.0",
    servers: Math.max(1, info?.connect_urls?.length ?? 1),
    jetstream: (connection.info as { jetstream?: boolean } | undefined)?.jetstream === true,
  };
}

/** What a server's monitoring port says and its clients are not told. */
export type NatsMonitor = {
  readonly name: string;
  /** Whether JetStream answers after the disk has what it answers for; undefined without JetStream. */
  readonly syncAlways: boolean | undefined;
  /** Servers that keep JetStream's own state together; undefined where there is no cluster. */
  readonly clusterSize: number | undefined;
};

type Varz = {
  readonly server_name?: string;
  readonly jetstream?: {
    readonly config?: { readonly sync_always?: boolean };
    readonly meta?: { readonly cluster_size?: number };
  };
};

/** Asks the monitoring port at `url`. @throws AppError `UNAVAILABLE` when it does not answer with what it should. */
export async function askMonitor(url: string): Promise<NatsMonitor> {
  try {
    const answer = await fetch(`${url}/varz`, { signal: AbortSignal.timeout(MONITOR_MAX_MS), redirect: "error" });
    const text = await answer.text();
    if (!answer.ok || text.length > MONITOR_MAX_BYTES) throw new Error(`it answers ${answer.status}`);
    const { server_name = url, jetstream } = JSON.parse(text) as Varz;
    const syncAlways = jetstream?.config === undefined ? undefined : jetstream.config.sync_always === true;
    return { name: server_name, syncAlways, clusterSize: jetstream?.meta?.cluster_size };
  } catch (cause) {
    throw new AppError("UNAVAILABLE", `the monitor at ${url}: ${reasonOf(cause)}`, { cause });
  }
}

/** `fetch` keeps the reason in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
