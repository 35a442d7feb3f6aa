import { AppError } from "@guildhall/kernel";
import type { OwnerClient } from "@guildhall/owner";
import type { FactsDelta, GroupFacts, MemberFacts } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";

/** People asked about in one question to the owner; the rest go into the next. */
const USERS_PER_LOAD_MAX = LIMITS.askIdsMax;
/** Deltas kept while a load is under way. Beyond it what was loaded cannot be brought up to date and is not used. */
const PENDING_DELTAS_MAX = 1_000;

/** What the owner said, brought up to date with what arrived meanwhile. */
export type Loaded = {
  readonly ep: number;
  readonly term: number;
  readonly beacon: number;
  readonly group: GroupFacts;
  readonly members: ReadonlyMap<number, MemberFacts>;
};

/** `again`: an answer came and cannot be used. `failed`: none came. */
export type LoadOutcome = "loaded" | "no-group" | "again" | "failed";

type Running = {
  readonly users: ReadonlySet<number>;
  readonly done: Promise<LoadOutcome>;
  readonly deltas: FactsDelta[];
  /** A beacon has said that the group is at this version at least. */
  floor: number;
};

type Keep = (g: number, loaded: Loaded) => boolean;

/**
 * Asks owners for facts, one question a group at a time. Whoever comes while it is under way joins it,
 * or is gathered into the next one. The gathered are bounded by the questions in flight.
 */
export class Loads {
  readonly #owner: Pick<OwnerClient, "facts">;
  readonly #keep: Keep;
  readonly #running = new Map<number, Running>();
  readonly #wanted = new Map<number, Set<number>>();
  readonly #onFailure: (error: unknown) => void;

  /** `keep` takes what was loaded and says whether it could be used. `onFailure`: an owner did not answer. */
  constructor(owner: Pick<OwnerClient, "facts">, keep: Keep, onFailure: (error: unknown) => void) {
    this.#owner = owner;
    this.#keep = keep;
    this.#onFailure = onFailure;
  }

  /** Never rejects. */
  async load(g: number, users: readonly number[]): Promise<LoadOutcome> {
    for (;;) {
      const running = this.#running.get(g) ?? this.#start(g, users);
      if (users.every((u) => running.users.has(u))) return running.done;
      const wanted = this.#wanted.get(g) ?? new Set();
      for (const u of users) wanted.add(u);
      this.#wanted.set(g, wanted);
      await running.done;
    }
  }

  /** Keeps a delta for the load under way, if there is one. */
  note(delta: FactsDelta): void {
    const running = this.#running.get(delta.g);
    if (running !== undefined && running.deltas.length <= PENDING_DELTAS_MAX) running.deltas.push(delta);
  }

  /** Keeps what a beacon says for the load under way, if there is one. */
  noteHead(g: number, v: number): void {
    const running = this.#running.get(g);
    if (running !== undefined) running.floor = Math.max(running.floor, v);
  }

  #start(g: number, first: readonly number[]): Running {
    const users = new Set(first);
    const wanted = this.#wanted.get(g) ?? new Set();
    for (const u of wanted) {
      if (users.size >= USERS_PER_LOAD_MAX) break;
      users.add(u);
    }
    for (const u of users) wanted.delete(u);
    if (wanted.size === 0) this.#wanted.delete(g);
    const running: Running = { users, done: this.#run(g, [...users]), deltas: [], floor: 0 };
    this.#running.set(g, running);
    return running;
  }

  async #run(g: number, users: readonly number[]): Promise<LoadOutcome> {
    try {
      const reply = await this.#owner.facts(g, users);
      const running = this.#running.get(g);
      const loaded = upToDate(reply, running?.deltas ?? []);
      if (loaded === undefined || loaded.group.v < (running?.floor ?? 0)) return "again";
      return this.#keep(g, loaded) ? "loaded" : "again";
    } catch (error) {
      if (error instanceof AppError && error.code === "NOT_FOUND") return "no-group";
      this.#onFailure(error);
      return "failed";
    } finally {
      this.#running.delete(g);
    }
  }
}

type Reply = Awaited<ReturnType<OwnerClient["facts"]>>;

/** Undefined where a delta is missing between what was loaded and what arrived. */
function upToDate(reply: Reply, deltas: readonly FactsDelta[]): Loaded | undefined {
  if (deltas.length > PENDING_DELTAS_MAX) return undefined;
  let { group } = reply;
  const members = new Map(reply.members);
  for (const delta of deltas) {
    if (delta.ep !== reply.ep || delta.term < reply.term || delta.pv <= group.v) continue;
    if (delta.pp !== group.v) return undefined;
    group = { ...(delta.group ?? group), v: delta.pv };
    for (const [u, facts] of delta.members) members.set(u, facts);
  }
  return { ep: reply.ep, term: reply.term, beacon: reply.beacon, group, members };
}
