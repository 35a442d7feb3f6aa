import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { claimOperator } from "@guildhall/client";
import { makePeople } from "../../clients/people.ts";
import type { Person } from "../../driver/messages.ts";
import { type Standalone, startStandalone } from "../../processes/standalone.ts";
import type { Part } from "./points.ts";
import { copyOf, type RunLog } from "./run-log.ts";
import { AGAIN, PEOPLE, type Step, TALK } from "./script.ts";
import { talk } from "./talk.ts";
import { type Call, countsIn, finishedTrace, tracer } from "./trace.ts";

/** Access tokens last 10 minutes and messages are recalled within 2: what a run starts from is younger, ms. */
const AGE_MAX_MS = 4 * 60_000;

/** Tries to make the folders by an undisturbed run. */
const MAKE_MAX = 5;

/** Few partitions, so that a start makes few calls; one thread that writes, so that calls can be counted. */
const SETTINGS = { PARTITIONS: "2", UV_THREADPOOL_SIZE: "1", GATEWAY_DRAIN_MS: "0" };

/** What a run starts from: a folder, its people, and what they have said in it so far. */
export type Start = { readonly data: string; readonly people: readonly Person[]; readonly log: RunLog };

type Template = { readonly folder: string; readonly people: readonly Person[]; readonly log: RunLog };

/** Folders to start runs from, made by undisturbed runs of the script, and made anew when they are too old. */
export class Templates implements AsyncDisposable {
  readonly #bundle: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #root: string;
  readonly #counts = new Map<Part, Map<Call, number>>();
  #made: Promise<ReadonlyMap<Part, Template>> | undefined;
  #madeMs = 0;
  #copies = 0;

  constructor(bundle: string, env: NodeJS.ProcessEnv, root: string) {
    this.#bundle = bundle;
    this.#env = env;
    this.#root = root;
  }

  static async open(bundle: string, env: NodeJS.ProcessEnv): Promise<Templates> {
    return new Templates(bundle, env, await mkdtemp(join(tmpdir(), "guildhall-syscalls-")));
  }

  /** How often each call is made in each part, by an undisturbed run. */
  async counts(): Promise<ReadonlyMap<Part, ReadonlyMap<Call, number>>> {
    await this.#templates();
    return this.#counts;
  }

  /** A copy of the folder that a part begins with. */
  async start(part: Part): Promise<Start> {
    const data = this.#path("run");
    if (part === "first") return { data, people: [], log: emptyLog() };
    const template = (await this.#templates()).get(part);
    if (template === undefined) throw new Error(`no template of ${part}`);
    await cp(template.folder, data, { recursive: true });
    return { data, people: template.people, log: copyOf(template.log) };
  }

  run(data: string, before: readonly string[] = []): Promise<Standalone> {
    return startStandalone({ bundle: this.#bundle, data, env: this.#env, settings: SETTINGS, before });
  }

  /** A file beside the folders. */
  file(name: string): string {
    return join(this.#root, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#root, { recursive: true, force: true });
  }

  #path(kind: string): string {
    return join(this.#root, `${kind}-${++this.#copies}`);
  }

  #templates(): Promise<ReadonlyMap<Part, Template>> {
    if (this.#made === undefined || Date.now() > this.#madeMs + AGE_MAX_MS) {
      this.#madeMs = Date.now();
      this.#made = this.#tryMake();
    }
    return this.#made;
  }

  /** A machine that is held up for seconds refuses what it cannot vouch for: then once more. */
  async #tryMake(): Promise<ReadonlyMap<Part, Template>> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#make();
      } catch (error) {
        if (tries === MAKE_MAX) throw error;
      }
    }
  }

  async #make(): Promise<ReadonlyMap<Part, Template>> {
    const data = this.#path("template");
    const log = emptyLog();
    await this.#traced("first", data, async () => {});
    const people = await this.#people(data);
    const made = new Map<Part, Template>([["talk", await this.#keep(data, people, log)]]);
    await this.#traced("talk", data, (server) => this.#talk(server, people, TALK, log));
    made.set("again", await this.#keep(data, people, log));
    await this.#traced("again", data, (server) => this.#talk(server, people, AGAIN, log));
    return made;
  }

  async #people(data: string): Promise<Person[]> {
    await using server = await this.run(data);
    const { key } = await claimOperator(server.api, server.operatorCode ?? "");
    const people = await makePeople(server.api, key, PEOPLE);
    await server.end("SIGTERM");
    return people;
  }

  async #talk(server: Standalone, people: readonly Person[], rounds: readonly (readonly Step[])[], log: RunLog) {
    const whole = await talk(server.url, people, rounds, log);
    const wrong = log.ops.filter(({ outcome, label }) => outcome.kind !== "acked" && !MAY_BE_REFUSED.has(label));
    if (!whole || wrong.length > 0 || log.violations.length > 0) {
      throw new Error(
        `the undisturbed run failed: ${JSON.stringify([whole, wrong.map(({ label, outcome }) => ({ label, outcome })), log.violations])}`,
      );
    }
  }

  async #keep(data: string, people: readonly Person[], log: RunLog): Promise<Template> {
    const folder = this.#path("kept");
    await cp(data, folder, { recursive: true });
    return { folder, people, log: copyOf(log) };
  }

  async #traced(part: Part, data: string, work: (server: Standalone) => Promise<void>): Promise<void> {
    const output = this.#path("trace");
    await using server = await this.run(data, tracer(data, output));
    await work(server);
    const { code } = await server.end("SIGTERM");
    if (code !== 0) throw new Error(`the undisturbed run ended with code ${code}`);
    await finishedTrace(output);
    this.#counts.set(part, countsIn(await readFile(output, "utf8")));
  }
}

/** Commands of the script that race with a removal. */
const MAY_BE_REFUSED: ReadonlySet<string> = new Set(["a8"]);

function emptyLog(): RunLog {
  return { ops: [], groups: new Map(), violations: [] };
}
