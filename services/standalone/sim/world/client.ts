import { type Client, connect, type Group, type GroupItem, GuildhallError } from "@guildhall/client";
import type { Event } from "@guildhall/proto";
import type { Checks } from "../checks/checks.ts";
import type { SimNetwork } from "./network.ts";
import { deviceOf, GROUP, GUEST_U, OWNER_U, tokenOf } from "./people.ts";
import type { Host, World } from "./world.ts";

/** A command is repeated for so long before its sender gives it up. */
const COMMAND_MAX_MS = 15_000;
const OPS_OPEN_MAX = 4;
const THINK_MIN_MS = 40;
const THINK_MAX_MS = 700;
const JOIN_AGAIN_MS = 300;

type Ports = { readonly world: World; readonly checks: Checks; readonly network: SimNetwork };

/** One person's real client, what it is told, and what it does by chance. */
export class SimClient {
  readonly host: Host;
  readonly u: number;
  readonly client: Client;
  readonly group: Group;
  /** Commands and questions that have no answer yet. */
  open = 0;
  readonly #ports: Ports;
  #number = 0;
  #busy = false;
  /** The newest event told; undefined after a place was lost. */
  #last: number | undefined;
  /** What a gap has announced as missing. */
  #gapTo = 0;
  /** The highest seq that was acknowledged of an epoch, and by which gateway: that one shows it from then on. */
  #acked: { ep: number; s: number; by: Host | undefined } = { ep: 0, s: 0, by: undefined };
  /** Own messages that were acknowledged. */
  readonly #own: number[] = [];
  #subscribing = false;
  #member = true;
  /** Ends its thinking about what to do next. */
  #thought = (): void => {};

  /** Made as an event of its own process, so that its timers are its own. */
  static async start(u: number, device: number, ports: Ports): Promise<SimClient> {
    const host = ports.world.host(`client${u}.${device}`);
    await ports.world.after(host, 0);
    return new SimClient(u, device, host, ports);
  }

  private constructor(u: number, device: number, host: Host, ports: Ports) {
    const { network, checks } = ports;
    this.#ports = ports;
    this.u = u;
    this.host = host;
    this.client = connect({
      url: "ws://simulated",
      tokens: { access: async () => tokenOf(u, device) },
      device: deviceOf(u, device),
      app: "sim",
      encoding: u === OWNER_U ? "json" : "msgpack",
      backoff: { startMs: 100, maxMs: 1_000 },
      socket: network.dial(this.host, u),
      commandTimeoutMs: COMMAND_MAX_MS,
      onViolation: (violation) => checks.violate(`the client of ${u} found ${JSON.stringify(violation)}`),
    });
    this.group = this.client.group(GROUP);
    this.group.listen((item) => this.#told(item));
  }

  /** Follows the group. */
  follow(): void {
    void this.#subscribe();
  }

  /** Begins to do things. */
  begin(): void {
    this.#busy = true;
    this.#think();
  }

  /** From now on it only follows, as a member. */
  rest(): void {
    this.#busy = false;
  }

  get last(): number {
    return this.#last ?? 0;
  }

  get subscribed(): boolean {
    return this.#member && !this.#subscribing && this.group.state !== undefined;
  }

  #told(item: GroupItem): void {
    if (item.type === "event") this.#event(item.event);
    else if (item.type === "gap") {
      this.#gapTo = Math.max(this.#gapTo, item.s);
      if (item.why === "epoch" || item.s < this.last) this.#last = undefined;
    } else if (item.type === "state" && item.state === "removed") {
      this.#member = false;
      this.#last = undefined;
      this.#gapTo = 0;
      this.#ports.world.later(this.host, this.#ports.world.random.between(1, JOIN_AGAIN_MS), () => void this.#return());
    }
  }

  #event(event: Event): void {
    const { checks } = this.#ports;
    const wrong = checks.log.differs(checks.log.ep, event);
    if (wrong !== undefined) checks.violate(`${this.u} was told: ${wrong}`);
    const due = (this.#last ?? event.s - 1) + 1;
    if (event.s < due || (event.s > due && event.s > this.#gapTo + 1)) {
      checks.violate(`${this.u} was told seq ${event.s} where ${due} is due`);
    }
    this.#last = event.s;
  }

  async #subscribe(): Promise<void> {
    if (this.#subscribing) return;
    this.#subscribing = true;
    try {
      const { head } = await this.group.subscribe();
      this.#last ??= head;
      this.#member = true;
    } catch {
      // Refused, or out of time: once more, a moment later.
      this.#ports.world.later(this.host, JOIN_AGAIN_MS, () => void this.#return());
    } finally {
      this.#subscribing = false;
    }
  }

  /** Joins again after a removal, and follows again. */
  async #return(): Promise<void> {
    try {
      await this.group.join();
    } catch (error) {
      const again = error instanceof GuildhallError && error.code === "ALREADY";
      if (!again && error instanceof GuildhallError && !error.retry) return;
    }
    await this.#subscribe();
  }

  #think(): void {
    const { world } = this.#ports;
    this.#thought();
    this.#thought = world.later(this.host, world.random.between(THINK_MIN_MS, THINK_MAX_MS), () => {
      if (!this.#busy) return;
      if (this.open < OPS_OPEN_MAX) void this.#act();
      this.#think();
    });
  }

  async #act(): Promise<void> {
    const { random } = this.#ports.world;
    this.open++;
    try {
      const dice = random.next();
      if (this.u === OWNER_U && dice < 0.15) await this.group.kick(GUEST_U);
      else if (dice < 0.65) await this.#say();
      else if (dice < 0.75) await this.#change((s) => this.group.edit(s, this.#text()));
      else if (dice < 0.8) await this.#change((s) => this.group.recall(s));
      else await this.#look();
    } catch (error) {
      if (!(error instanceof GuildhallError)) throw error;
      const { counts } = this.#ports.checks;
      if (error.code === "OUTCOME_UNKNOWN") {
        counts.unknown++;
        this.#ports.checks.happened("unknown-at-client");
      } else counts.refused++;
    } finally {
      this.open--;
    }
  }

  #text(): string {
    const text = `${this.host.name}-${++this.#number}`;
    this.#ports.checks.willSay(this.u, text);
    return text;
  }

  async #say(): Promise<void> {
    const { checks } = this.#ports;
    const text = this.#text();
    const before = checks.newestAcked();
    try {
      const { s, ep } = await this.group.send(text);
      checks.said(text, ep, s, before);
      const by = this.#ports.network.serverOf(this.host);
      const last = this.#acked;
      if (by !== last.by || ep > last.ep || (ep === last.ep && s > last.s)) this.#acked = { ep, s, by };
      this.#own.push(s);
    } catch (error) {
      if (error instanceof GuildhallError && error.code !== "OUTCOME_UNKNOWN") checks.notSaid(text, error.code);
      throw error;
    }
  }

  async #change(how: (s: number) => Promise<unknown>): Promise<void> {
    const s = this.#ports.world.random.pick(this.#own.slice(-5));
    if (s !== undefined) await how(s);
  }

  /** A page of the newest events: what one was told has happened is in it. */
  async #look(): Promise<void> {
    const { checks } = this.#ports;
    const { ep, s, by } = this.#acked;
    const asked = this.#ports.network.serverOf(this.host);
    const page = await this.group.history({ before: Number.MAX_SAFE_INTEGER, lim: 20 });
    const same = by === asked && by === this.#ports.network.serverOf(this.host);
    if (same && page.ep === ep && page.z < s) checks.violate(`${this.u} has seq ${s} and read up to ${page.z}`);
  }
}
