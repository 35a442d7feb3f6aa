import { type Session, signIn } from "@guildhall/client";
import { fromBase64Url, makeNonce, sleep, toBase64Url } from "@guildhall/kernel";
import {
  CLIENT_FRAME,
  type ClientFrame,
  ERRORS,
  type ErrFrame,
  type Event,
  type EvFrame,
  type GapFrame,
  type GetFrame,
  type Page,
  REMOVAL_KINDS,
  SERVER_FRAME,
  type ServerFrame,
  type SubResult,
  type WelcomeFrame,
} from "@guildhall/proto";
import { until } from "@guildhall/testkit";
import { hashOf, type Recorder } from "@guildhall/testkit/history";
import type { Random } from "../random.ts";
import { type Answer, Connection, okOf } from "./connection.ts";
import { Observer } from "./observer.ts";
import { judge, type Outcome } from "./outcome.ts";

/** Between a loss and the next dial, at most; half of it on average. */
const REDIAL_MAX_MS = 150;
/** A token that ends within this time is renewed before the next dial. */
const RENEW_BEFORE_MS = 60_000;
/** A resume pretends to stand up to so many events further back than it does, every second time. */
const BACK_MAX = 60;
/** Pages that are read after a gap. */
const GAP_PAGES_MAX = 5;
const PAGE_EVENTS = 100;
/** Until the last answer before a pause: longer than any request waits. */
const PAUSE_MAX_MS = 20_000;
/** How somebody who is in a group no more, or never was, is refused to follow it. */
const NOT_IN: ReadonlySet<number> = new Set([ERRORS.NOT_MEMBER.c, ERRORS.NOT_FOUND.c]);

/** Where the system is now. */
export type Target = { readonly url: string; readonly api: string };
export type Account = { readonly name: string; readonly password: string };

/** A message under its nonce. */
export type Message = { readonly g: number; readonly n: Uint8Array; readonly text: string };
/** A command of kind `m`; `body`: what members see of it, where that is not its arguments. */
export type Act = { readonly g: number; readonly m: string; readonly a: object; readonly body?: object };
/** Which page. */
export type PageForm = Omit<GetFrame, "t" | "i" | "g">;

export type DeviceOptions = {
  readonly target: Target;
  readonly recorder: Recorder;
  readonly random: Random;
  readonly account: Account;
  readonly session: Session;
  readonly name: string;
  /** Somebody who may be in some of the groups and not in others. */
  readonly guest?: true;
};

/**
 * One device of a person. Dials whenever it has no connection, from where it stands, until it is stopped; records
 * every attempt and everything it is sent.
 */
export class Device {
  readonly #options: DeviceOptions;
  readonly #observer: Observer;
  readonly #groups: number[] = [];
  #session: Session;
  #connection: Connection | undefined;
  #conn = "";
  #url = "";
  #ready = false;
  #stopped = false;
  #paused = false;
  #dials = 0;
  #attempts = 0;
  #commands = 0;
  #running: Promise<void> = Promise.resolve();
  #lost: () => void = () => {};
  /** Groups whose replay is over. */
  readonly #live = new Set<number>();
  /** Groups that it was told it was removed from. */
  readonly #out = new Set<number>();
  /** Added to our clock it is the server's. */
  #ahead = 0;
  resets = 0;

  constructor(options: DeviceOptions) {
    this.#options = options;
    this.#session = options.session;
    this.#observer = new Observer(options.recorder, options.session.u);
  }

  /** Where its connection goes, or went last. */
  get url(): string {
    return this.#url;
  }

  /** Follows what it is told to and can send. */
  get ready(): boolean {
    return this.#ready && !this.#paused;
  }

  get inFlight(): number {
    return this.#connection?.inFlight ?? 0;
  }

  /** Those of them that are messages and other commands, no reads. */
  get commandsInFlight(): number {
    return this.#commands;
  }

  /** The server's time, as well as it is known. */
  get serverNowMs(): number {
    return Date.now() + this.#ahead;
  }

  get name(): string {
    return this.#options.name;
  }

  get user(): number {
    return this.#session.u;
  }

  /** Whether it follows a group now. */
  follows(g: number): boolean {
    return this.ready && this.#live.has(g);
  }

  /** Newest seq it has of a group. */
  last(g: number): number {
    return this.#observer.cursors.get(g)?.s ?? 0;
  }

  /** Follows these groups from the next connection on. */
  follow(...groups: readonly number[]): void {
    this.#groups.push(...groups);
  }

  start(): void {
    this.#stopped = false;
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.resume();
    this.#connection?.cut();
    await this.#running;
  }

  /** Loses its connection, and dials anew. */
  cut(): void {
    this.#connection?.cut();
  }

  /** Is no longer ready, and once what it has in flight is answered reads nothing until `resume`. */
  async pause(): Promise<void> {
    this.#paused = true;
    await until(() => this.inFlight === 0, PAUSE_MAX_MS);
    this.#connection?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#connection?.resume();
  }

  /** Sends a message once; `repeat`: it has been sent before. Must be ready. */
  attempt({ g, n, text }: Message, repeat: boolean, settle: (outcome: Outcome) => void): void {
    const { recorder } = this.#options;
    const body = { k: "text", b: { t: text } };
    const base = { op: "send", id: `${this.#conn}#${++this.#attempts}`, conn: this.#conn } as const;
    const attempt = { ...base, user: this.#session.u, group: g, cmid: toBase64Url(n), hash: hashOf(body) };
    recorder.record({ ...attempt, phase: "invoke" });
    this.#commands++;
    this.#connection?.request(
      (i) => ({ t: CLIENT_FRAME.send, i, g, n, ...body, ...(repeat ? { rt: 1 as const } : {}) }),
      (answer) => {
        this.#commands--;
        const [end, outcome] = judge(answer);
        recorder.record({ ...attempt, ...end });
        settle(outcome);
      },
    );
  }

  /** Does something else than to speak, once; where it is not ready nothing is done. */
  act({ g, m, a, body = a }: Act): Promise<Outcome> {
    const connection = this.#connection;
    if (connection === undefined || !this.ready) return Promise.resolve({ kind: "unknown" });
    const { recorder } = this.#options;
    const n = makeNonce(this.serverNowMs);
    const base = { op: "cmd", id: `${this.#conn}#${++this.#attempts}`, conn: this.#conn, user: this.user } as const;
    const attempt = { ...base, group: g, cmid: toBase64Url(n), kind: m, hash: hashOf({ k: m, b: body }) };
    recorder.record({ ...attempt, phase: "invoke" });
    this.#commands++;
    return new Promise((resolve) => {
      connection.request(
        (i) => ({ t: CLIENT_FRAME.cmd, i, g, n, m, a }),
        (answer) => {
          this.#commands--;
          const [end, outcome] = judge(answer);
          recorder.record({ ...attempt, ...end });
          resolve(outcome);
        },
      );
    });
  }

  /** Follows a group that it is in again, or tries to follow one that it is not in. Never rejects. */
  async enter(g: number): Promise<void> {
    if (this.#connection === undefined || !this.ready) return;
    this.#live.delete(g);
    await this.#subscribe(this.#connection, this.#conn, g).catch(() => undefined);
  }

  /** Reads a page of history; nothing where it is refused. */
  async read(g: number, form: PageForm): Promise<Page | undefined> {
    const answer = await this.page(g, form);
    return typeof answer === "object" ? answer : undefined;
  }

  /** A page of history, or the error number it is refused with; nothing where no answer comes. */
  async page(g: number, form: PageForm): Promise<Page | number | undefined> {
    const [conn, connection] = [this.#conn, this.#connection];
    if (connection === undefined) return undefined;
    const id = `${conn}#${++this.#attempts}`;
    this.#observer.asks(conn, id, g, form);
    const answer = await connection.ask((i) => ({ t: CLIENT_FRAME.get, i, g, ...form }));
    const page = okOf(answer)?.d as Page | undefined;
    this.#observer.answered(conn, id, g, page);
    return page ?? (answer === "lost" ? undefined : (answer as ErrFrame).c);
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const gone = new Promise<void>((resolve) => {
        this.#lost = resolve;
      });
      try {
        await this.#renew();
        await this.#dial();
        await gone;
      } catch {
        // The system is down, or goes down while we come in: the next dial finds it.
        this.#connection?.cut();
      }
      if (!this.#stopped) await sleep(this.#options.random.below(REDIAL_MAX_MS));
    }
  }

  async #renew(): Promise<void> {
    if (this.#session.exp - this.serverNowMs > RENEW_BEFORE_MS) return;
    const { target, account } = this.#options;
    this.#session = await signIn(target.api, { ...account, dev: this.#session.dev });
  }

  async #dial(): Promise<void> {
    const { target, name } = this.#options;
    const conn = `${name}.${++this.#dials}`;
    this.#conn = conn;
    this.#live.clear();
    this.#url = target.url;
    const connection = await Connection.open(this.#url, {
      onFrame: (frame) => this.#take(conn, frame),
      onClose: (code) => {
        this.#observer.closed(conn, code);
        // One that was given up may end after the next has begun.
        if (this.#conn !== conn) return;
        this.#connection = undefined;
        this.#ready = false;
        this.#lost();
      },
    });
    this.#connection = connection;
    // What it did before it was told to stop must not outlive it.
    if (this.#stopped) return connection.cut();
    await this.#greet(connection, conn);
    this.#ready = true;
  }

  /** `hello` with cursors, some of them further back than need be; then `sub` where there is no cursor yet. */
  async #greet(connection: Connection, conn: string): Promise<void> {
    const { access, dev } = this.#session;
    const { random } = this.#options;
    const known = this.#groups.filter((g) => this.#observer.cursors.has(g));
    const cur = known.map((g): [number, number, number, number] => {
      const { ep, s } = this.#observer.cursors.get(g) ?? { ep: 0, s: 0 };
      const from = random.chance(0.5) ? Math.max(0, s - random.below(BACK_MAX)) : s;
      this.#observer.begins(conn, g, from);
      return [g, 0, ep, from];
    });
    const device = fromBase64Url(dev) ?? new Uint8Array(16);
    const hello = { t: CLIENT_FRAME.hello, v: 1, tok: access, dev: device, app: "faults", cap: [] };
    const answer = okOf(await connection.ask((i) => ({ ...hello, i, cur, act: known })));
    if (answer === undefined) throw new Error("hello was refused");
    const { retry = [], lost = [] } = answer.d as { readonly retry?: number[]; readonly lost?: number[] };
    // A guest may have been removed while nothing came through.
    for (const g of known.filter((one) => ![...retry, ...lost].includes(one) && !this.#out.has(one))) {
      this.#observer.follows(conn, g);
      this.#live.add(g);
    }
    for (const g of this.#groups.filter((one) => !this.#live.has(one))) await this.#subscribe(connection, conn, g);
  }

  async #subscribe(connection: Connection, conn: string, g: number): Promise<void> {
    const place = this.#observer.cursors.get(g);
    this.#observer.begins(conn, g, place?.s);
    const cursors =
      place === undefined ? {} : { cur: [[g, 0, place.ep, place.s]] as [number, number, number, number][] };
    await new Promise<void>((resolve, reject) => {
      const frame = (i: number): ClientFrame => ({ t: CLIENT_FRAME.sub, i, g: [g], mode: 1, ...cursors });
      // In the turn that brings the answer: a removal may be right behind it, in the same turn.
      connection.request(frame, (answer) => (this.#subscribed(conn, g, answer) ? resolve() : reject(notFollowed())));
    });
  }

  /** Whether the answer is one that may be: the group is followed, or a guest is told that they are not in it. */
  #subscribed(conn: string, g: number, answer: Answer): boolean {
    const [row] = (okOf(answer)?.d ?? []) as SubResult;
    if (row !== undefined && "c" in row && this.#options.guest === true && NOT_IN.has(row.c as number)) return true;
    if (row === undefined || !("s" in row)) return false;
    this.#observer.follows(conn, g, { ep: row.ep, s: row.s });
    this.#out.delete(g);
    this.#live.add(g);
    return true;
  }

  #take(conn: string, frame: ServerFrame): void {
    switch (frame.t) {
      case SERVER_FRAME.welcome:
        this.#ahead = (frame as WelcomeFrame).ts - Date.now();
        return;
      case SERVER_FRAME.ev: {
        const ev = frame as EvFrame;
        this.#observer.events(conn, ev, this.#live.has(ev.g) ? "live" : "replay");
        for (const event of ev.e) if (isAbout(event, this.user)) this.#membership(ev.g, event);
        return;
      }
      case SERVER_FRAME.gap:
        return this.#gap(conn, frame as GapFrame);
    }
  }

  #membership(g: number, { k }: Event): void {
    if (k === "member.join") this.#out.delete(g);
    if (REMOVAL_KINDS.has(k)) this.#removed(g);
  }

  #removed(g: number): void {
    this.#out.add(g);
    this.#live.delete(g);
  }

  #gap(conn: string, frame: GapFrame): void {
    const { g, ep, have: s } = frame;
    this.#observer.gap(conn, frame);
    if (frame.why === "removed") {
      // Whoever is in again goes on from where they were.
      this.#observer.cursors.set(g, { ep, s });
      return this.#removed(g);
    }
    this.resets++;
    void this.#fetch(frame);
  }

  /** Reads the first pages of what a gap leaves out. Never rejects. */
  async #fetch({ g, have, s }: GapFrame): Promise<void> {
    for (let a = have + 1, pages = 0; a <= s && pages < GAP_PAGES_MAX; pages++) {
      const page = await this.read(g, { a, z: Math.min(s, a + PAGE_EVENTS - 1) });
      if (page === undefined || page.e.length === 0) return;
      a = page.z + 1;
    }
  }
}

function notFollowed(): Error {
  return new Error("a group could not be followed");
}

function isAbout({ b }: Event, u: number): boolean {
  return typeof b === "object" && b !== null && "u" in b && b.u === u;
}
