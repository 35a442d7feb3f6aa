import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { parseEnv } from "node:util";
import type { Closers } from "@guildhall/kernel";
import { TcpProxy } from "@guildhall/testkit";
import { deploy, SERVERS_FOLDER } from "../../processes/deploy.ts";
import type { Random } from "../random.ts";
import { NO_LIMITS } from "../server.ts";
import type { Target } from "../workload/device.ts";
import { portsOf } from "./ports-of.ts";

const FLUSH_MAX_MS = 5_000;

/** What our processes reach their servers through, by kind; of NATS one a server. */
export type Ways = Readonly<Record<"nats" | "redis" | "cassandra", readonly TcpProxy[]>>;

/** A process of ours or a server; `mark` stands in its command line. */
type Process = { readonly name: string; readonly pid: number; readonly mark: string };
type Member = Process & { readonly role: string; readonly place: string; readonly admin: string };

/** A cluster on the servers of this machine, whose processes may be killed, stopped for a while and started again. */
export class System implements Target {
  readonly ways: Ways;
  readonly #random: Random;
  #members: readonly Member[] = [];
  #servers: readonly Process[] = [];
  /** Stopped, and to be woken before they are ended. */
  readonly #asleep = new Set<string>();

  private constructor(random: Random, ways: Ways) {
    this.#random = random;
    this.ways = ways;
  }

  /** Starts a cluster, which goes with `closers`. @throws Error with a sentence where no servers run, or a cluster runs. */
  static async start(env: NodeJS.ProcessEnv, random: Random, closers: Closers): Promise<System> {
    const { ways, settings } = await waysTo(closers);
    const system = new System(random, ways);
    await deploy("cluster", [], { ...env, ...settings, ...NO_LIMITS });
    closers.defer(() => deploy("cluster", ["stop"]));
    await system.#look();
    closers.defer(() => [...system.#asleep].forEach((name) => system.wake(name)));
    return system;
  }

  /** Processes of ours that run. */
  get members(): readonly { readonly name: string; readonly pid: number }[] {
    return this.#members;
  }

  get api(): string {
    return this.#members.find(({ role }) => role === "api")?.place ?? "";
  }

  /** One of the gateways, drawn each time: who has lost one finds another. */
  get url(): string {
    return this.#random.pick(this.#members.filter(({ role }) => role === "gateway")).place;
  }

  /** Where gateways take connections, in the order of their numbers. */
  get gateways(): readonly string[] {
    return this.#members.filter(({ role }) => role === "gateway").map(({ place }) => place);
  }

  /** Where the metrics of the fanouts are. */
  get fanouts(): readonly string[] {
    return this.#members.filter(({ role }) => role === "fanout").map(({ admin }) => `${admin}/metrics`);
  }

  /** Names of the processes of a role, or of the servers of a kind: `gateway-1`, `nats-3`. */
  named(kind: string): string[] {
    const all = [...this.#members, ...this.#servers].map(({ name }) => name);
    return all.filter((name) => name === kind || name.startsWith(`${kind}-`));
  }

  /** Ends it at once, as `kill -9` does. */
  kill(name: string): void {
    this.#signal(name, "SIGKILL");
  }

  /** It does nothing until it is woken. */
  sleep(name: string): void {
    this.#signal(name, "SIGSTOP");
    this.#asleep.add(name);
  }

  wake(name: string): void {
    this.#signal(name, "SIGCONT");
    this.#asleep.delete(name);
  }

  /** Its connections to all servers of a kind, and new ones, pass nothing until `rejoin`; `lost`: nor what was under way. */
  cutOff(name: string, kind: keyof Ways, lost: boolean): void {
    const { pid } = this.#process(name);
    const whose = (port: number): boolean => portsOf(pid).has(port);
    for (const way of this.ways[kind]) {
      way.hold(whose);
      if (lost) way.cut(whose);
    }
  }

  rejoin(kind: keyof Ways): void {
    for (const way of this.ways[kind]) way.release();
  }

  /** Starts it once more, where it was and with what it had; ends it in order before where it runs. Resolves when it serves. */
  async restart(name: string): Promise<void> {
    const isServer = this.#servers.some((one) => one.name === name);
    await deploy(isServer ? "servers" : "cluster", ["restart", name]);
    await this.#look();
  }

  /** Redis forgets everything. @throws Error when it does not say so in time. */
  async flushRedis(): Promise<void> {
    const socket = connect({ host: "127.0.0.1", port: this.ways.redis[0]?.port ?? 0 });
    try {
      socket.write("FLUSHALL\r\n");
      const [answer] = (await once(socket, "data", { signal: AbortSignal.timeout(FLUSH_MAX_MS) })) as [Buffer];
      if (!answer.toString("latin1").startsWith("+OK")) throw new Error(`Redis: ${answer.toString("latin1")}`);
    } finally {
      socket.destroy();
    }
  }

  async #look(): Promise<void> {
    const read = async (file: string) => JSON.parse(await readFile(join(SERVERS_FOLDER, file), "utf8")) as unknown;
    this.#members = ((await read("cluster.json")) as { readonly members: Member[] }).members;
    this.#servers = ((await read("running.json")) as { readonly started: Process[] }).started;
  }

  #signal(name: string, signal: NodeJS.Signals): void {
    process.kill(this.#process(name).pid, signal);
  }

  /** Only what was started: a process id may be another's by now. @throws Error where it has ended. */
  #process(name: string): Process {
    const found = [...this.#members, ...this.#servers].find((one) => one.name === name);
    if (found === undefined || !commandOf(found.pid).includes(found.mark)) throw new Error(`there is no ${name}`);
    return found;
  }
}

/** Proxies to the servers that run, and the settings that name them in place of these. @throws Error where none run. */
async function waysTo(closers: Closers): Promise<{ readonly ways: Ways; readonly settings: Record<string, string> }> {
  const text = await readFile(join(SERVERS_FOLDER, "settings.env"), "utf8").catch(() => undefined);
  if (text === undefined) throw new Error("no servers run: npm run servers");
  const settings = parseEnv(text) as Record<string, string>;
  const proxied = async (name: string): Promise<readonly TcpProxy[]> => {
    const ports = [...(settings[name] ?? "").matchAll(/:(\d+)/g)].map(([, port]) => Number(port));
    const proxies: TcpProxy[] = [];
    for (const port of ports) {
      const proxy = closers.use(await TcpProxy.start(port));
      proxies.push(proxy);
      settings[name] = settings[name]?.replace(`:${port}`, `:${proxy.port}`) ?? "";
    }
    return proxies;
  };
  const ways = {
    nats: await proxied("NATS_SERVERS"),
    redis: await proxied("REDIS_URL"),
    cassandra: await proxied("CASSANDRA_CONTACT_POINTS"),
  };
  return { ways, settings };
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
