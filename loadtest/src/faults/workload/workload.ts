import { type Session, signIn, signUp } from "@guildhall/client";
import { fromBase64Url, makeNonce } from "@guildhall/kernel";
import { CLIENT_FRAME, type ClientFrame, type ErrFrame } from "@guildhall/proto";
import { until } from "@guildhall/testkit";
import type { Recorder } from "@guildhall/testkit/history";
import type { Random } from "../random.ts";
import { Connection, okOf } from "./connection.ts";
import { type Account, Device, type Target } from "./device.ts";
import { readEverything } from "./final-read.ts";
import { type Manner, Speaker } from "./speaker.ts";

const READY_MAX_MS = 60_000;
/** Until everything that was sent is answered, and everybody has everything. */
const QUIET_MAX_MS = 60_000;
/** Tries of one request of the set-up, while the server says that a later one may succeed. */
const TRIES_MAX = 40;
const TRY_AFTER_MS = 250;

export type WorkloadPlan = {
  readonly people: number;
  readonly devicesEach: number;
  readonly groups: number;
  readonly manner: Manner;
};

type Someone = { readonly account: Account; readonly sessions: readonly Session[] };

/** People who speak in groups on several devices each, with everything recorded. */
export class Workload {
  readonly #target: Target;
  readonly #recorder: Recorder;
  readonly #auditor: Someone;
  readonly groups: readonly number[];
  readonly speakers: readonly Speaker[];
  readonly devices: readonly Device[];

  private constructor(
    target: Target,
    recorder: Recorder,
    auditor: Someone,
    groups: readonly number[],
    speakers: readonly Speaker[],
    devices: readonly Device[],
  ) {
    this.#target = target;
    this.#recorder = recorder;
    this.#auditor = auditor;
    this.groups = groups;
    this.speakers = speakers;
    this.devices = devices;
  }

  /** Makes people and groups; all devices follow all groups when it resolves, and nobody speaks yet. @throws Error where the system does not answer. */
  static async make(target: Target, plan: WorkloadPlan, recorder: Recorder, random: Random): Promise<Workload> {
    const [auditor, ...people] = await Promise.all(
      Array.from({ length: plan.people + 1 }, (_, i) => somebody(target, i === 0 ? 1 : plan.devicesEach)),
    );
    if (auditor === undefined) throw new Error("nobody");
    const groups = await makeGroups(target, [...people, auditor], plan.groups);
    const devices: Device[] = [];
    const speakers = people.map(({ account, sessions }, who) => {
      const own = sessions.map((session, i) => {
        const name = `p${who}d${i}`;
        const device = new Device({ target, recorder, account, session, name, random: random.fork(name) });
        device.follow(...groups);
        return device;
      });
      devices.push(...own);
      return new Speaker(`p${who}`, own, groups, plan.manner, random.fork(`p${who}`));
    });
    const workload = new Workload(target, recorder, auditor, groups, speakers, devices);
    for (const device of devices) device.start();
    await workload.ready();
    return workload;
  }

  /** Resolves when every device follows every group. @throws Error after a minute. */
  async ready(): Promise<void> {
    await until(() => this.devices.every((device) => device.ready), READY_MAX_MS);
  }

  speak(): void {
    for (const speaker of this.speakers) speaker.start();
  }

  /** Messages that were answered, once each. */
  get answered(): number {
    return this.speakers.reduce((sum, { counts }) => sum + counts.answered, 0);
  }

  /** Requests in flight now. */
  get inFlight(): number {
    return this.devices.reduce((sum, { inFlight }) => sum + inFlight, 0);
  }

  /**
   * Everybody hushes; what is not answered is repeated until it is, and all devices get to the same place.
   * @throws Error where that takes longer than a minute.
   */
  async quiet(): Promise<void> {
    for (const speaker of this.speakers) speaker.hush();
    await until(() => this.speakers.every(({ pending }) => pending === 0) && this.inFlight === 0, QUIET_MAX_MS);
    for (const speaker of this.speakers) speaker.stop();
    await until(
      () => this.groups.every((g) => new Set(this.devices.map((device) => device.last(g))).size === 1),
      QUIET_MAX_MS,
    );
  }

  async stop(): Promise<void> {
    for (const speaker of this.speakers) speaker.stop();
    await Promise.all(this.devices.map((device) => device.stop()));
  }

  /** Somebody who has nothing of it reads every group from its beginning to its end. */
  async readEverything(): Promise<void> {
    const { account, sessions } = this.#auditor;
    const session = await signIn(this.#target.api, { ...account, dev: sessions[0]?.dev ?? "" });
    await readEverything(this.#target.url, session, this.groups, this.#recorder);
  }
}

async function somebody({ api }: Target, devices: number): Promise<Someone> {
  const name = `f_${crypto.randomUUID().replaceAll("-", "").slice(0, 20)}`;
  const account = { name, password: crypto.randomUUID() };
  const sessions = [await signUp(api, account)];
  while (sessions.length < devices) sessions.push(await signIn(api, account));
  return { account, sessions };
}

/** The first makes them, the others join. */
async function makeGroups({ url }: Target, people: readonly Someone[], count: number): Promise<number[]> {
  const connections = await Promise.all(people.map(({ sessions }) => connect(url, sessions[0])));
  const [owner, ...others] = connections;
  if (owner === undefined) throw new Error("nobody");
  const groups: number[] = [];
  for (let made = 0; made < count; made++) {
    const n = makeNonce(Date.now());
    const a = { name: `Faults ${made}`, category: "support" };
    const { g } = (await ask(owner, (i) => ({ t: CLIENT_FRAME.ask, i, n, m: "group.create", a }))) as { g: number };
    groups.push(g);
    for (const other of others) {
      const join = { g, n: makeNonce(Date.now()), m: "member.join", a: {} };
      await ask(other, (i) => ({ t: CLIENT_FRAME.cmd, i, ...join }));
    }
  }
  for (const connection of connections) connection.cut();
  return groups;
}

async function connect(url: string, session: Session | undefined): Promise<Connection> {
  if (session === undefined) throw new Error("nobody");
  const connection = await Connection.open(url, { onFrame: () => {}, onClose: () => {} });
  const dev = fromBase64Url(session.dev) ?? new Uint8Array(16);
  const hello = { t: CLIENT_FRAME.hello, v: 1, tok: session.access, dev, app: "faults", cap: [] };
  await ask(connection, (i) => ({ ...hello, i }));
  return connection;
}

/** Asks until the answer is `ok`. @throws Error for a refusal that stands. */
async function ask(connection: Connection, frame: (i: number) => ClientFrame): Promise<unknown> {
  for (let tries = 1; ; tries++) {
    const answer = await connection.ask(frame);
    const done = okOf(answer);
    if (done !== undefined) return done.d;
    const refusal = answer === "lost" ? undefined : (answer as ErrFrame);
    if (refusal?.r !== true || tries === TRIES_MAX) throw new Error(`the set-up is refused: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, refusal.ra ?? TRY_AFTER_MS));
  }
}
