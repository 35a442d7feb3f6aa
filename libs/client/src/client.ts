import { makeNonce } from "@guildhall/kernel";
import type {
  AccountSeat,
  AccountsList,
  AccountView,
  Cursor,
  Encoding,
  EntitlementsList,
  GroupsList,
  GroupView,
  MembershipView,
  NewGroupArgs,
  PeopleGet,
  PersonView,
  ServerFrame,
} from "@guildhall/proto";
import { CLIENT_FRAME, LIMITS, SERVER_FRAME } from "@guildhall/proto/tables";
import { Account } from "./account.ts";
import { type BackoffOptions, DEFAULT_BACKOFF } from "./backoff.ts";
import { GuildhallError } from "./errors.ts";
import { Group } from "./group.ts";
import type { Via } from "./items.ts";
import { type Greeting, Link } from "./link.ts";
import { Requests } from "./requests.ts";
import { platformSocket, type SocketFactory } from "./socket.ts";
import type { TokenSource } from "./tokens.ts";
import type { Violation } from "./violations.ts";

/** A command is given up after this long, unless the options say otherwise. */
const COMMAND_MAX_MS = 60_000;
/** Cursors in one frame: as JSON they and a token stay below LIMITS.frameInMaxBytes. The others follow by `sub`. */
const CURSORS_MAX = 200;
/** Pages of groups a client walks through. */
const GROUP_PAGES_MAX = Math.ceil(LIMITS.groupsPerPersonMax / LIMITS.pageMax) + 1;

export type ClientOptions = {
  /**
   * ws:// or wss://. Several are gateways of one installation: the first is dialled first, and each further dialling,
   * also of one that is told to go elsewhere, takes the next.
   */
  readonly url: string | readonly string[];
  readonly tokens: TokenSource;
  /** 16 bytes that name this device and stay the same; the ones the token was made for. Without it, random ones. */
  readonly device?: Uint8Array;
  /** Name and version of the program, at most 64 characters. */
  readonly app: string;
  readonly encoding?: Encoding;
  readonly backoff?: Partial<BackoffOptions>;
  /** Replaces the platform's WebSocket. */
  readonly socket?: SocketFactory;
  /** How long a command or question is repeated before it is given up, ms. */
  readonly commandTimeoutMs?: number;
  /** Whether what a gap left out is read from history. */
  readonly fillGaps?: boolean;
  readonly onViolation?: (violation: Violation) => void;
};

export type ClientState =
  | { readonly phase: "connecting" }
  | { readonly phase: "up" }
  | { readonly phase: "lost"; readonly why: string }
  | { readonly phase: "stopped"; readonly error: GuildhallError };

/** Counts since the client was made. */
export type ClientStats = {
  readonly events: number;
  readonly reconnects: number;
  readonly gaps: number;
  readonly fetched: number;
};

export interface Client extends AsyncDisposable {
  readonly state: ClientState;
  /** The person's id; 0 before the first welcome. */
  readonly me: number;
  readonly stats: ClientStats;
  /** Promises the server broke; each was told to `onViolation`. */
  readonly violations: number;
  /** Resolves when first connected. @throws GuildhallError when the client stops instead. */
  ready(): Promise<void>;
  /** Calls `listener` at every change. Returns how to stop it. */
  onState(listener: (state: ClientState) => void): () => void;
  /** Server time, ms. */
  nowMs(): number;
  /** The same object for the same id. */
  group(g: number): Group;
  /** The account with this id, of which one is an operator. */
  account(a: number): Account;
  /** Creates an account that can own groups, of which one is the first main operator. */
  createAccount(name: string): Promise<AccountView>;
  /** The accounts of which one is an operator. */
  accounts(): Promise<readonly AccountSeat[]>;
  /** Creates a group, of which one is the owner, or the account that `profile` names. */
  createGroup(profile: NewGroupArgs): Promise<GroupView>;
  /** @throws GuildhallError `NOT_FOUND` */
  findGroup(number: number): Promise<GroupView>;
  /** One's own groups. */
  groups(): Promise<readonly MembershipView[]>;
  /** What the operator has entitled one to, and the newest changes of that. */
  entitlements(): Promise<EntitlementsList>;
  /** Names by id, any number of them; unknown ids are left out. */
  people(ids: readonly number[]): Promise<readonly PersonView[]>;
  /** Any question by its method. */
  ask(m: string, a: unknown): Promise<unknown>;
  /** Ends the connection and everything that waits: commands with an error, iterators after what they hold. */
  close(): Promise<void>;
}

/**
 * Connects and stays connected: reconnects for ever with full jitter and resumes every subscribed group, until closed
 * or until the server says that it is of no use (see ClientState "stopped").
 */
export function connect(options: ClientOptions): Client {
  const client = new LinkedClient(options);
  client.start();
  return client;
}

class LinkedClient implements Client {
  readonly #options: ClientOptions;
  readonly #link: Link;
  readonly #requests: Requests;
  readonly #groups = new Map<number, Group>();
  readonly #listeners = new Set<(state: ClientState) => void>();
  readonly #stats = { events: 0, reconnects: 0, gaps: 0, fetched: 0 };
  #state: ClientState = { phase: "connecting" };
  #me = 0;
  #ups = 0;
  #violations = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
    const backoff = { ...DEFAULT_BACKOFF, ...options.backoff };
    if (options.url.length === 0) throw new GuildhallError("BAD_ARGS", "there is no address to connect to");
    this.#link = new Link(
      {
        urls: typeof options.url === "string" ? [options.url] : options.url,
        encoding: options.encoding ?? "msgpack",
        socket: options.socket ?? platformSocket,
        tokens: options.tokens,
        device: options.device ?? crypto.getRandomValues(new Uint8Array(16)),
        app: options.app,
        backoff,
      },
      {
        greeting: () => this.#greeting(),
        onUp: (welcome, greeted) => this.#onUp(welcome.u, greeted),
        onResumed: (greeted, d) => this.#onResumed(greeted, d),
        onFrame: (frame, via) => this.#onFrame(frame, via),
        onUndecodable: (detail) => this.#violation({ kind: "undecodable", g: 0, s: 0, detail }),
        onLost: (why) => this.#onLost(why),
        onStopped: (error) => this.#onStopped(error),
      },
    );
    this.#requests = new Requests(this.#link, backoff);
  }

  start(): void {
    this.#link.start();
  }

  get state(): ClientState {
    return this.#state;
  }

  get me(): number {
    return this.#me;
  }

  get stats(): ClientStats {
    return { ...this.#stats };
  }

  get violations(): number {
    return this.#violations;
  }

  ready(): Promise<void> {
    if (this.#ups > 0) return Promise.resolve();
    if (this.#state.phase === "stopped") return Promise.reject(this.#state.error);
    return new Promise((resolve, reject) => {
      const stop = this.onState((state) => {
        if (state.phase !== "up" && state.phase !== "stopped") return;
        stop();
        if (state.phase === "up") resolve();
        else reject(state.error);
      });
    });
  }

  onState(listener: (state: ClientState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  nowMs(): number {
    return this.#link.nowMs();
  }

  group(g: number): Group {
    const known = this.#groups.get(g);
    if (known !== undefined) return known;
    const group = new Group(g, {
      run: (request) => this.#requests.run(request),
      ask: (m, a) => this.ask(m, a),
      tell: (frame) => {
        if (this.#link.current?.open !== true) return false;
        this.#link.current.send(frame);
        return true;
      },
      nonce: () => makeNonce(this.nowMs()),
      deadlineMs: () => this.#deadlineMs(),
      nowMs: () => this.nowMs(),
      me: () => this.#me,
      violation: (violation) => this.#violation(violation),
      onGap: () => this.#stats.gaps++,
      onEvent: (via) => {
        this.#stats.events++;
        if (via === "fetched") this.#stats.fetched++;
      },
      fillGaps: this.#options.fillGaps ?? true,
    });
    this.#groups.set(g, group);
    return group;
  }

  async createGroup(profile: NewGroupArgs): Promise<GroupView> {
    return (await this.#create("group.create", profile)) as GroupView;
  }

  account(a: number): Account {
    return new Account(a, {
      ask: (m, args) => this.ask(m, args),
      create: (m, args) => this.#create(m, args),
      command: (m, args, options) => this.group(a).command(m, args, options),
    });
  }

  async createAccount(name: string): Promise<AccountView> {
    return (await this.#create("account.create", { name })) as AccountView;
  }

  async accounts(): Promise<readonly AccountSeat[]> {
    return ((await this.ask("accounts.list", {})) as AccountsList).accounts;
  }

  /** A question that changes something: repeated, it is the same one. */
  #create(m: string, a: unknown): Promise<unknown> {
    const n = makeNonce(this.nowMs());
    return this.#requests.run({
      commits: true,
      deadlineMs: this.#deadlineMs(),
      make: (i) => ({ t: CLIENT_FRAME.ask, i, n, m, a }),
    });
  }

  async findGroup(number: number): Promise<GroupView> {
    return (await this.ask("group.find", { number })) as GroupView;
  }

  async groups(): Promise<readonly MembershipView[]> {
    const all: MembershipView[] = [];
    for (let page = 0; page < GROUP_PAGES_MAX; page++) {
      const after = all.at(-1)?.g;
      const args = { lim: LIMITS.pageMax };
      const answer = (await this.ask("groups.list", after === undefined ? args : { ...args, after })) as GroupsList;
      all.push(...answer.groups);
      if (!answer.more || answer.groups.length === 0) break;
    }
    return all;
  }

  async entitlements(): Promise<EntitlementsList> {
    return (await this.ask("entitlements.list", {})) as EntitlementsList;
  }

  async people(ids: readonly number[]): Promise<readonly PersonView[]> {
    const all: PersonView[] = [];
    for (let from = 0; from < ids.length; from += LIMITS.askIdsMax) {
      const answer = (await this.ask("people.get", { u: ids.slice(from, from + LIMITS.askIdsMax) })) as PeopleGet;
      all.push(...answer.people);
    }
    return all;
  }

  ask(m: string, a: unknown): Promise<unknown> {
    return this.#requests.run({
      commits: false,
      deadlineMs: this.#deadlineMs(),
      make: (i) => ({ t: CLIENT_FRAME.ask, i, m, a }),
    });
  }

  async close(): Promise<void> {
    this.#link.stop(new GuildhallError("UNAVAILABLE", "the client was closed", { retry: false }));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #deadlineMs(): number {
    return Date.now() + (this.#options.commandTimeoutMs ?? COMMAND_MAX_MS);
  }

  #greeting(): Greeting {
    const cur: Cursor[] = [];
    const act: number[] = [];
    for (const group of this.#groups.values()) {
      const resumption = group.following.resumption();
      if (resumption === undefined || cur.length >= CURSORS_MAX) continue;
      if (resumption.active && act.length >= LIMITS.activeLanesMax) continue;
      cur.push(resumption.cursor);
      if (resumption.active) act.push(group.g);
    }
    return cur.length === 0 ? {} : { cur, act };
  }

  #onUp(me: number, greeted: Greeting): void {
    this.#me = me;
    if (this.#ups++ > 0) this.#stats.reconnects++;
    this.#setState({ phase: "up" });
    const named = new Set(greeted.cur?.map(([g]) => g));
    for (const group of this.#groups.values()) {
      const resumption = group.following.resumption();
      if (resumption !== undefined && !named.has(group.g)) void this.#subscribeAgain(group, resumption.active);
    }
  }

  /** Until it works, is refused for good (which the group tells as "removed"), or the connection ends. */
  async #subscribeAgain(group: Group, active: boolean): Promise<void> {
    const ups = this.#ups;
    while (ups === this.#ups && this.#state.phase === "up") {
      try {
        await group.subscribe({ mode: active ? "active" : "passive" });
        group.following.onResumed();
        return;
      } catch (error) {
        if (!(error instanceof GuildhallError) || !error.retry) return;
      }
    }
  }

  #onResumed(greeted: Greeting, d: unknown): void {
    const { lost, retry } = unresumed(d);
    for (const [g] of greeted.cur ?? []) {
      const group = this.#groups.get(g);
      const resumption = group?.following.resumption();
      if (group === undefined || resumption === undefined) continue;
      if (lost.has(g)) group.following.gone("not a member any more");
      else if (retry.has(g)) void this.#subscribeAgain(group, resumption.active);
      else group.following.onResumed();
    }
  }

  /** Only main lanes are followed. */
  #onFrame(frame: ServerFrame, via: Via): void {
    if (frame.t === SERVER_FRAME.head) {
      for (const [g, l, , s, m, mn] of frame.h) if (l === 0) this.#groups.get(g)?.following.onHead(s, m, mn);
      return;
    }
    const following = "g" in frame && laneOf(frame) === 0 ? this.#groups.get(frame.g)?.following : undefined;
    following?.onFrame(frame, via);
  }

  #onLost(why: string): void {
    this.#setState({ phase: "lost", why });
    for (const group of this.#groups.values()) group.following.onLost(why);
  }

  #onStopped(error: GuildhallError): void {
    this.#setState({ phase: "stopped", error });
    for (const group of this.#groups.values()) group.following.onStopped(error.message);
    this.#listeners.clear();
  }

  #setState(state: ClientState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }

  #violation(violation: Violation): void {
    this.#violations++;
    this.#options.onViolation?.(violation);
  }
}

/** Groups that the answer to `hello` says were not resumed: not to be seen any more, and to be subscribed to again. */
function unresumed(d: unknown): { lost: ReadonlySet<unknown>; retry: ReadonlySet<unknown> } {
  const { lost, retry } = typeof d === "object" && d !== null ? (d as Record<string, unknown>) : {};
  return { lost: new Set(Array.isArray(lost) ? lost : []), retry: new Set(Array.isArray(retry) ? retry : []) };
}

function laneOf(frame: ServerFrame): number {
  return "l" in frame ? (frame.l ?? 0) : 0;
}
