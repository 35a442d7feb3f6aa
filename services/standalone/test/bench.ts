import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import {
  addPeople,
  type Client,
  type ClientOptions,
  claimOperator,
  connect,
  type Session,
  staticToken,
} from "@guildhall/client";
import { Env } from "@guildhall/config";
import { fromBase64Url } from "@guildhall/kernel";
import { silentLog } from "@guildhall/telemetry/log";
import { scratchFolder } from "@guildhall/testkit";
import { onTestFinished } from "vitest";
import { standaloneConfig } from "../src/config.ts";
import { type Standalone, startStandalone } from "../src/standalone.ts";

/** Any free ports, no waiting at the end, and no limits on what clients send. */
const SETTINGS = {
  API_PORT: "0",
  GATEWAY_PORT: "0",
  GATEWAY_DRAIN_MS: "0",
  GUILDHALL_PROFILE: "loadtest",
  API_SIGNUPS_PER_MINUTE: "100000",
  API_SIGNUPS_BURST: "100000",
};

export type Bench = {
  readonly path: string;
  readonly server: Standalone;
  /** The operator's key. */
  readonly key: string;
  /** People without passwords, by the operator. */
  people(count: number): Promise<readonly Session[]>;
  /** A connected client of `session`. */
  client(session: Session, options?: Partial<ClientOptions>): Promise<Client>;
  /** Stops the server and starts it again on the same folder and ports. */
  restart(): Promise<void>;
};

let names = 0;

/** A whole server in a folder of its own, gone when the test ends. */
export async function startBench(settings: Readonly<Record<string, string>> = {}): Promise<Bench> {
  const folder = await scratchFolder();
  const path = join(folder.path, "data");
  const ports = { log: silentLog, onBroken: () => {} };
  const config = (more: Record<string, string>) =>
    standaloneConfig(new Env({ ...SETTINGS, GUILDHALL_DATA: path, ...settings, ...more }));
  // A port that was given out as "any" cannot be listened on again at once; a restart needs that.
  let server = await startStandalone(config({ GATEWAY_PORT: String(await freePort()) }), ports);
  onTestFinished(async () => {
    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });
  const { key } = await claimOperator(server.http, server.operatorCode ?? "");

  return {
    path,
    get server() {
      return server;
    },
    key,
    async people(count) {
      if (count === 0) return [];
      const wanted = Array.from({ length: count }, () => `person_${++names}`);
      const added = await addPeople(server.http, key, wanted);
      return added.map((person) => {
        if (!("access" in person)) throw new Error(`not added: ${JSON.stringify(person)}`);
        return person;
      });
    },
    async client(session, options = {}) {
      const client = connect(clientOptions(server.websocket, session, options));
      onTestFinished(() => client.close());
      await client.ready();
      return client;
    },
    async restart() {
      const [api, gateway] = [new URL(server.http).port, new URL(server.websocket).port];
      await server[Symbol.asyncDispose]();
      server = await startStandalone(config({ API_PORT: api, GATEWAY_PORT: gateway }), ports);
    },
  };
}

/** A port nobody listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

export function clientOptions(url: string, session: Session, options: Partial<ClientOptions> = {}): ClientOptions {
  const device = fromBase64Url(session.dev) ?? new Uint8Array(16);
  return { url, tokens: staticToken(session.access), device, app: "test", ...options };
}

/** What a client has seen of a group, as kind and text. */
export function record(client: Client, g: number): { seq: number; kind: string; body: unknown; by: number }[] {
  const seen: { seq: number; kind: string; body: unknown; by: number }[] = [];
  client.group(g).listen((item) => {
    if (item.type === "event")
      seen.push({ seq: item.event.s, kind: item.event.k, body: item.event.b, by: item.event.u });
  });
  return seen;
}
