import { memoryBus } from "@guildhall/bus/memory";
import { AppError, type Clock, nonceKey, systemClock } from "@guildhall/kernel";
import { memoryPresence } from "@guildhall/presence/memory";
import type { AskReply, AskRequest, Command, CommandReply, GroupView } from "@guildhall/proto";
import { Registry } from "@guildhall/telemetry";
import type { Log } from "@guildhall/telemetry/log";
import { createSigner, createVerifier, generateSigningKey } from "@guildhall/token";
import { askSubject, cmdSubject, decodeCommand, pack, unpack } from "@guildhall/wire";
import { apiServer } from "./api.ts";
import type { ApiConfig } from "./config.ts";
import type { ApiPorts, Operator } from "./ports.ts";

const PARTITIONS = 4;
const MANY = { perMinute: 1_000_000, burst: 1_000_000 };

export const OPERATOR_KEY = "k".repeat(43);

export const testConfig: ApiConfig = {
  host: "127.0.0.1",
  port: 0,
  partitions: PARTITIONS,
  trustedProxies: [],
  signUps: MANY,
  signIns: MANY,
  refreshes: MANY,
  signInsPerName: MANY,
  deviceCalls: MANY,
  deviceCallsPerPerson: MANY,
};

type Args = Record<string, unknown>;
type Device = {
  refresh: string;
  readonly at: number;
  readonly used: Set<string>;
  readonly password: number;
  readonly app: string;
  ended: boolean;
};
type Handler = (command: Command, a: Args) => unknown;

/** What an owner of claims, people and groups would keep, in plain maps; it takes any command at once. */
export class FakeOwner {
  readonly claims = new Map<string, { readonly by: number; confirmed: boolean }>();
  readonly people = new Map<number, { readonly name: string; readonly secret: string }>();
  readonly devices = new Map<string, Device>();
  readonly groups = new Map<number, GroupView>();
  /** Every attempt that arrived. */
  readonly commands: Command[] = [];
  readonly asks: AskRequest[] = [];
  /** Called before a command is carried out; what it throws is the owner's refusal. */
  before: (command: Command) => void = () => {};
  /** Methods whose next answer is lost on the way, after the work. */
  readonly losesAnswerTo = new Set<string>();
  readonly #results = new Map<string, unknown>();

  command(command: Command): unknown {
    this.commands.push(command);
    this.before(command);
    const key = `${command.g}/${command.u}/${nonceKey(command.n)}`;
    if (!this.#results.has(key)) this.#results.set(key, this.#handlers[command.m]?.(command, command.a as Args));
    if (this.losesAnswerTo.delete(command.m)) throw new Error("lost");
    return this.#results.get(key);
  }

  readonly #handlers: Record<string, Handler> = {
    "claim.take": (_, { kind, name, by }) => {
      const key = `${String(kind)}/${String(name)}`;
      const held = this.claims.get(key);
      if (held !== undefined) throw new AppError("CONFLICT", "taken", { d: { by: held.by } });
      this.claims.set(key, { by: Number(by), confirmed: false });
    },
    "claim.confirm": (_, { kind, name }) => {
      const held = this.claims.get(`${String(kind)}/${String(name)}`);
      if (held !== undefined) held.confirmed = true;
    },
    "person.create": ({ g }, { name, secret }) => {
      if (this.people.has(g)) throw new AppError("CONFLICT", "taken");
      this.people.set(g, { name: String(name), secret: String(secret) });
    },
    "device.open": ({ g }, { dev, refresh, password, app }) => {
      const at = password === true ? Date.now() : 0;
      const device = {
        at: Date.now(),
        refresh: String(refresh),
        used: new Set<string>(),
        password: at,
        app: String(app),
        ended: false,
      };
      this.devices.set(`${g}.${String(dev)}`, device);
    },
    "device.renew": ({ g }, { dev, from, to }) => {
      const device = this.devices.get(`${g}.${String(dev)}`);
      if (device === undefined || device.ended) return { ok: false };
      if (device.used.has(String(from))) device.ended = true;
      if (device.refresh !== from) return { ok: false };
      device.used.add(device.refresh);
      device.refresh = String(to);
      return { ok: true, password: device.password };
    },
    "device.end": ({ g }, { devs }) => {
      for (const dev of devs as string[]) this.#device(g, dev).ended = true;
    },
    "password.change": ({ g }, { was, secret, dev, refresh, others }) => {
      const person = this.people.get(g) ?? missing();
      if (person.secret !== was) throw new AppError("CONFLICT", "changed");
      this.people.set(g, { ...person, secret: String(secret) });
      this.#device(g, dev).refresh = String(refresh);
      for (const other of others as string[]) this.#device(g, other).ended = true;
    },
  };

  #device(g: number, dev: unknown): Device {
    return this.devices.get(`${g}.${String(dev)}`) ?? missing();
  }

  #live(g: number) {
    return [...this.devices]
      .filter(([key, { ended }]) => key.startsWith(`${g}.`) && !ended)
      .map(([key, { app, at }]) => ({ dev: key.slice(key.indexOf(".") + 1), app, at, seen: at }));
  }

  #askDevices(g: number, m: string, { dev }: Args): unknown {
    const devices = this.#live(g);
    if (m === "devices.list") return { devices };
    return { at: devices.find((device) => device.dev === dev)?.at ?? 0, password: 0 };
  }

  ask(question: AskRequest): unknown {
    this.asks.push(question);
    const { g, m } = question;
    const a = question.a as Args;
    if (m === "claim.get") return { by: this.claims.get(`${String(a["kind"])}/${String(a["name"])}`)?.by ?? 0 };
    if (m === "group.get") return this.groups.get(g) ?? missing();
    if (m.startsWith("device")) return this.#askDevices(g, m, a);
    const person = this.people.get(g);
    if (m === "person.secret") return person ?? missing();
    if (m === "people.get") return { people: person === undefined ? [] : [{ u: g, name: person.name }] };
    return missing();
  }
}

function missing(): never {
  throw new AppError("NOT_FOUND", "not here");
}

function failure(error: unknown): { readonly err: { readonly code: "NOT_FOUND"; readonly d?: unknown } } {
  if (!(error instanceof AppError)) throw error;
  return { err: { code: error.code as "NOT_FOUND", ...(error.d === undefined ? {} : { d: error.d }) } };
}

type Options = { readonly config?: Partial<ApiConfig>; readonly ports?: Partial<ApiPorts>; readonly clock?: Clock };

/** Everything the api needs, in memory. */
export async function testPorts({ ports, clock = systemClock }: Options = {}) {
  const fake = new FakeOwner();
  const bus = memoryBus(() => {});
  for (let p = 0; p < PARTITIONS; p++) {
    await bus.answer(cmdSubject(p), async (data) => pack(commandReply(fake, decodeCommand(data))));
    await bus.answer(askSubject(p), async (data) => pack(askReply(fake, unpack(data) as AskRequest)));
  }
  const lines: string[] = [];
  const note = (event: string, fields?: unknown) =>
    void lines.push(`${event} ${String(fields)} ${JSON.stringify(fields)}`);
  const log: Log = { info: note, warn: note, error: (event, error, fields) => note(event, [String(error), fields]) };
  const signer = createSigner(await generateSigningKey(), clock);
  const jwks = async () => signer.jwks();
  const operator: Operator = {
    redeem: async (code) => (code === "CODE" ? OPERATOR_KEY : undefined),
    check: (key) => key === OPERATOR_KEY,
  };
  const all: ApiPorts = {
    bus,
    presence: memoryPresence(clock),
    registry: new Registry(),
    log,
    clock,
    keys: { signer, jwks },
    ready: async () => ({ ok: true, checks: { journal: true } }),
    operator,
    ...ports,
  };
  return { fake, lines, ports: all, verifier: createVerifier(jwks, clock) };
}

/** The api without a socket: requests go in by `post` and `get`. */
export async function testApi(options: Options = {}) {
  const bench = await testPorts(options);
  const app = apiServer({ ...testConfig, ...options.config }, bench.ports);

  async function call(
    method: "GET" | "POST" | "DELETE",
    url: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ) {
    const answer = await app.inject({
      method,
      url,
      headers,
      ...(body === undefined ? {} : { payload: body as object }),
    });
    const json: unknown = answer.body.startsWith("{") ? answer.json() : undefined;
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: json as Record<string, unknown>,
      text: answer.body,
    };
  }
  return {
    ...bench,
    app,
    post: (url: string, body?: unknown, headers?: Record<string, string>) => call("POST", url, body, headers),
    get: (url: string, headers?: Record<string, string>) => call("GET", url, undefined, headers),
    remove: (url: string, headers?: Record<string, string>) => call("DELETE", url, undefined, headers),
  };
}

export const operatorHeaders = { authorization: `Bearer ${OPERATOR_KEY}` };

function commandReply(fake: FakeOwner, command: Command): CommandReply {
  try {
    const d = fake.command(command);
    return {
      ok: { s: 1, ep: 1, ts: Date.now(), ...(d === undefined ? {} : { d }) } as Extract<
        CommandReply,
        { ok: unknown }
      >["ok"],
    };
  } catch (error) {
    return failure(error);
  }
}

function askReply(fake: FakeOwner, question: AskRequest): AskReply {
  try {
    return { ok: fake.ask(question) };
  } catch (error) {
    return failure(error);
  }
}
