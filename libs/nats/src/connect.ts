import { certificateFault } from "@guildhall/config";
import { AppError, Outstanding, sleep } from "@guildhall/kernel";
import { inboxPrefix } from "@guildhall/wire";
import { AuthorizationError, connect, createInbox, type NatsConnection } from "nats";
import type { NatsConfig } from "./settings.ts";

/** Waits between two tries to come back, ms; the jitter keeps processes from coming all at once. */
const RECONNECT_WAIT_MS = 250;
const RECONNECT_JITTER_MS = 500;
/** A server that does not answer two pings is gone. */
const PING_EVERY_MS = 10_000;
const PINGS_UNANSWERED_MAX = 2;
/** A server that does not let us in for this long is left for the next; a start that has tried all has failed. */
const CONNECT_MAX_MS = 10_000;
/** What is published and not yet known to have left. At the bound `publish` is refused. */
const UNSENT_MAX_BYTES = 32 * 1024 * 1024;
/** How often it is asked what has left, ms. Each time costs both sides a ping; a bound of megabytes is kept all the same. */
const FLUSH_EVERY_MS = 20;

/** One connection to the cluster, for all adapters of a process. It comes back by itself as often as it is lost. */
export class Nats implements AsyncDisposable {
  readonly connection: NatsConnection;
  readonly #inboxPrefix: string | undefined;
  readonly #asked = new Outstanding();
  #connected = true;
  #unsent = 0;
  #flushing = false;

  constructor(connection: NatsConnection, onStatus: (status: string) => void, inboxPrefix?: string) {
    this.connection = connection;
    this.#inboxPrefix = inboxPrefix;
    // Ends with the connection.
    void this.#watch(onStatus);
  }

  /** Whether a server is there now. What is published without one would be sent much later or never. */
  get connected(): boolean {
    return this.#connected && !this.connection.isClosed() && !this.connection.isDraining();
  }

  /**
   * Counts `bytes` as on their way out; to be called before anything is handed to the connection.
   * @throws AppError `UNAVAILABLE` without a server, and while 32 MiB are on their way.
   */
  admit(bytes: number): void {
    if (!this.connected) throw new AppError("UNAVAILABLE", "NATS is not connected");
    if (this.#unsent > UNSENT_MAX_BYTES) throw new AppError("UNAVAILABLE", `${this.#unsent} bytes wait for NATS`);
    this.#unsent += bytes;
    if (!this.#flushing) void this.#flush();
  }

  /** `answer`, or OUTCOME_UNKNOWN as soon as the connection over which it was asked for is lost: then it will not come. */
  unlessLost<T>(answer: Promise<T>): Promise<T> {
    return this.#asked.wait(answer);
  }

  /** A subject that nobody else has, where this user may be answered. */
  inbox(): string {
    return createInbox(this.#inboxPrefix);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection.close();
  }

  /** What was handed over before a flush has left once it is answered. Never rejects. */
  async #flush(): Promise<void> {
    this.#flushing = true;
    while (this.#unsent > 0 && !this.connection.isClosed()) {
      await sleep(FLUSH_EVERY_MS);
      const sent = this.#unsent;
      try {
        await this.connection.flush();
      } catch {
        // The connection was lost, and what was on its way with it.
      }
      this.#unsent -= sent;
    }
    this.#flushing = false;
  }

  async #watch(onStatus: (status: string) => void): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type === "disconnect" || status.type === "staleConnection") this.#lost();
      if (status.type === "reconnect") this.#connected = true;
      if (status.type !== "ping") onStatus(status.type === "error" ? `error: ${status.error.message}` : status.type);
    }
    this.#lost();
  }

  #lost(): void {
    this.#connected = false;
    this.#asked.fail(new AppError("OUTCOME_UNKNOWN", "the connection to NATS was lost"));
  }
}

/**
 * Connects to one of the servers. `onStatus` hears of every loss and return. Who signs in is answered at a place of
 * its own, as the rights of its user say.
 *
 * @throws AppError `UNAVAILABLE` when no server answers, each within 10 s, or none lets us in: the sentence says which.
 */
export async function connectNats(config: NatsConfig, name: string, onStatus: (status: string) => void): Promise<Nats> {
  const { servers, login, caFile } = config;
  const prefix = login === undefined ? undefined : inboxPrefix(login.user);
  try {
    const connection = await connect({
      servers: [...servers],
      name,
      timeout: CONNECT_MAX_MS,
      maxReconnectAttempts: -1,
      reconnectTimeWait: RECONNECT_WAIT_MS,
      reconnectJitter: RECONNECT_JITTER_MS,
      reconnectJitterTLS: RECONNECT_JITTER_MS,
      noAsyncTraces: true,
      pingInterval: PING_EVERY_MS,
      maxPingOut: PINGS_UNANSWERED_MAX,
      // Servers that tell of one another would be tried again and again by a start that none of them lets in.
      ignoreClusterUpdates: true,
      // A server that restarts refuses sign-ins for a moment: an error then must not end the retries.
      ignoreAuthErrorAbort: true,
      ...(login === undefined ? {} : { user: login.user, pass: login.password }),
      ...(prefix === undefined ? {} : { inboxPrefix: prefix }),
      ...(caFile === undefined ? {} : { tls: { caFile } }),
    });
    return new Nats(connection, onStatus, prefix);
  } catch (cause) {
    throw new AppError("UNAVAILABLE", `NATS at ${servers.join(", ")}: ${reasonOf(cause, config)}`, { cause });
  }
}

function reasonOf(cause: unknown, { login }: NatsConfig): string {
  if (cause instanceof AuthorizationError) {
    if (login === undefined) return "it wants a user and a password; see NATS_USER, NATS_PASSWORD_FILE";
    return `user ${login.user} is not let in: no such user, or another password; see NATS_PASSWORD_FILE`;
  }
  return certificateFault(cause, "NATS_CA_FILE") ?? (cause instanceof Error ? cause.message : String(cause));
}
