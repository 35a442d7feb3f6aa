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

/** A system of whatever composition, with as many gateways as it has. */
export type Bench = {
  readonly server: { readonly http: string; readonly websocket: string };
  /** Every gateway; the first is `server.websocket`. */
  readonly gateways: readonly string[];
  /** The operator's key. */
  readonly key: string;
  /** A user name that nobody has; the same for the same word. */
  name(word: string): string;
  /** People without passwords, by the operator. */
  people(count: number): Promise<readonly Session[]>;
  /** A connected client of `session`; clients are spread over the gateways. */
  client(session: Session, options?: Partial<ClientOptions>): Promise<Client>;
  /** Stops what serves clients and starts it again where it was. */
  restart(): Promise<void>;
};

export type StartBench = () => Promise<Bench>;

/** The whole system in this process. */
export type StandaloneBench = Bench & { readonly path: string; readonly server: Standalone };

let names = 0;

/** A whole server in a folder of its own, gone when the test ends. */
export async function startBench(settings: Readonly<Record<string, string>> = {}): Promise<StandaloneBench> {
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
    get gateways() {
      return [server.websocket];
    },
    key,
    name: (word) => word,
    people: (count) => addedPeople(server.http, key, count, (word) => word),
    client: (session, options) => connectedClient(server.websocket, session, options),
    async restart() {
      const [api, gateway] = [new URL(server.http).port, new URL(server.websocket).port];
      await server[Symbol.asyncDispose]();
      server = await startStandalone(config({ API_PORT: api, GATEWAY_PORT: gateway }), ports);
    },
  };
}

/** So many people with names that nobody has had, each made unique by `name`. */
export async function addedPeople(
  http: string,
  key: string,
  count: number,
  name: (word: string) => string,
): Promise<readonly Session[]> {
  if (count === 0) return [];
  const wanted = Array.from({ length: count }, () => name(`person_${++names}`));
  const added = await addPeople(http, key, wanted);
  return added.map((person) => {
    if (!("access" in person)) throw new Error(`not added: ${JSON.stringify(person)}`);
    return person;
  });
}

/** A client that is connected, and closed when the test ends. */
export async function connectedClient(
  url: string | readonly string[],
  session: Session,
  options: Partial<ClientOptions> = {},
): Promise<Client> {
  const client = connect(clientOptions(url, session, options));
  onTestFinished(() => client.close());
  await client.ready();
  return client;
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

export function clientOptions(
  url: string | readonly string[],
  session: Session,
  options: Partial<ClientOptions> = {},
): ClientOptions {
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
