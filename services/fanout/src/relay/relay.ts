import type { GroupRow } from "@guildhall/group";
import type { Journal } from "@guildhall/journal";
import { AppError, type Clock, makeNonce, sleep } from "@guildhall/kernel";
import { seeded } from "@guildhall/kernel/seeded";
import type { CommandResult, OwnerClient } from "@guildhall/owner";
import type { EntitlementsRow } from "@guildhall/person";
import type {
  Command,
  DevicesList,
  EndDevicesArgs,
  Entry,
  GroupsList,
  GroupsListArgs,
  JournalRecord,
  MembersPage,
  MembersPageArgs,
  PutHoldingsArgs,
  PutMembershipArgs,
} from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import type { Store } from "@guildhall/store";
import type { Log } from "@guildhall/telemetry/log";
import { decodeRecord } from "@guildhall/wire";
import {
  entitled,
  holdingsOf,
  type Meaning,
  meaningsOf,
  means,
  membershipOf,
  recoveredFrom,
  renamed,
} from "./meanings.ts";
import { reconcile } from "./reconcile.ts";

/** Positions remembered for the relay to visit. At the bound it reads every record until it has caught up. */
const PENDING_MAX = 10_000;
/** Commands of one record sent side by side. */
const RETRY_MIN_MS = 50;
const RETRY_MAX_MS = 5_000;
const READ_MAX = 64;
/** Entities that are told side by side. */
const TOLD_AT_ONCE = 16;

export type RelayStart = { readonly p: number; readonly ep: number; readonly position: number };

export type RelayPorts = {
  readonly journal: Journal;
  readonly store: Store;
  readonly owner: OwnerClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly onParked: () => void;
};

/**
 * Reads the journal of a partition and carries out what its records mean for other entities: at least
 * once each, in order. What is refused for good is parked: logged, counted and passed over. Where an epoch begins,
 * what the records before it were to tell may be lost, so people's lists are rebuilt before it goes on.
 */
export class Relay implements AsyncDisposable {
  readonly #start: RelayStart;
  readonly #ports: RelayPorts;
  /** Positions with something to carry out, rising. */
  #pending: number[] = [];
  /** Records from here on have not been looked at yet; past the end when all have. */
  #unread: number;
  #seen: number;
  #running: Promise<void> | undefined;
  #closing = false;

  /** `start.position`: what came up to it has been carried out. `end`: the newest record now. */
  constructor(start: RelayStart, end: number, ports: RelayPorts) {
    this.#start = start;
    this.#ports = ports;
    this.#unread = start.position + 1;
    this.#seen = end;
    this.#wake();
  }

  /** Everything up to here has been carried out. */
  get position(): number {
    const next = this.#pending[0] ?? this.#seen + 1;
    return Math.min(next, this.#unread <= this.#seen ? this.#unread : next) - 1;
  }

  /** Notes an acknowledged record. */
  acked(position: number, entries: readonly Entry[]): void {
    const caughtUp = this.#unread > this.#seen;
    this.#seen = position;
    if (caughtUp) this.#unread = position + 1;
    if (!entries.some(means)) return;
    if (!caughtUp) return this.#wake();
    if (this.#pending.length >= PENDING_MAX) this.#unread = position;
    else this.#pending.push(position);
    this.#wake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    await this.#running;
  }

  get #idle(): boolean {
    return this.#pending.length === 0 && this.#unread > this.#seen;
  }

  #wake(): void {
    if (this.#closing || this.#running !== undefined || this.#idle) return;
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    while (!this.#closing && !this.#idle) {
      try {
        if (this.#pending.length > 0) await this.#visit();
        else await this.#readOn();
      } catch (error) {
        this.#ports.log.error("relay_failed", error, { p: this.#start.p });
        await sleep(RETRY_MAX_MS);
      }
    }
    // In this turn: what is acknowledged in the next one must find that nobody is at it any more.
    this.#running = undefined;
  }

  async #visit(): Promise<void> {
    const position = this.#pending[0] ?? 0;
    for (const item of await this.#ports.journal.read(this.#start.p, position, 1)) {
      await this.#carryOut(decodeRecord(item.data).e, item.position);
    }
    // Given up half-way it is carried out once more by whoever owns the partition next.
    if (!this.#closing) this.#pending.shift();
  }

  async #readOn(): Promise<void> {
    const { first } = await this.#ports.journal.end(this.#start.p);
    const from = Math.max(this.#unread, first);
    const items = await this.#ports.journal.read(this.#start.p, from, READ_MAX);
    for (const item of items) {
      const record = decodeRecord(item.data);
      if (await this.#beginsEpoch(record, item.position, first)) await this.#reconcile(item.position);
      else await this.#carryOut(record.e, item.position);
      if (this.#closing) return;
      this.#unread = item.position + 1;
    }
    if (items.length === 0) this.#unread = this.#seen + 1;
  }

  /** The first epoch begins with nothing; where the record before is gone, it has been looked at, or was lost. */
  async #beginsEpoch({ ep, e }: JournalRecord, position: number, first: number): Promise<boolean> {
    if (ep === 1 || e.length > 0 || seeded("rule-16-reconcile")) return false;
    if (position === first) return true;
    const [before] = await this.#ports.journal.read(this.#start.p, position - 1, 1);
    return before !== undefined && decodeRecord(before.data).ep < ep;
  }

  async #reconcile(position: number): Promise<void> {
    const { store, owner, log } = this.#ports;
    const { p, ep } = this.#start;
    const closing = () => this.#closing;
    const tell = (meanings: readonly Meaning[]) => this.#tellAll(meanings);
    const groups = await reconcile({ p, ep, position }, { store, partitions: owner.partitions, tell, closing });
    if (!this.#closing) log.info("memberships_rebuilt", { p, ep, groups });
  }

  /**
   * Of what one record says several times of a person in a group, or of a name, the last counts: what is told
   * twice with one position is kept as it was told first.
   */
  async #carryOut(entries: readonly Entry[], position: number): Promise<void> {
    const names = new Map<number, GroupRow>();
    const meanings = new Map<string, Meaning>();
    for (const entry of entries) {
      if (!means(entry)) continue;
      const group = renamed(entry);
      if (group !== undefined) names.set(group.g, group);
      for (const meaning of meaningsOf(entry, this.#start.ep, position)) {
        meanings.set(`${entry.g}/${meaning.m}/${meaning.g}`, meaning);
      }
    }
    for (const entry of entries) await this.#signOut(recoveredFrom(entry));
    // Names first: whoever joined in this record under the old one is a member by now.
    for (const group of names.values()) await this.#tellName(group, position);
    for (const entry of entries) await this.#tellHoldings(entitled(entry));
    await this.#tellAll([...meanings.values()]);
  }

  /** Tells every group the person is in now. One they join later is told when their list has it. */
  async #tellHoldings(row: EntitlementsRow | undefined): Promise<void> {
    for (let after = 0; row !== undefined && !this.#closing; ) {
      const args: GroupsListArgs = { lim: LIMITS.pageMax, ...(after > 0 ? { after } : {}) };
      const ask = () => this.#ports.owner.ask(row.u, row.u, "groups.list", args);
      const page = (await this.#insist("groups.list", ask)) as GroupsList | undefined;
      await this.#tellAll((page?.groups ?? []).map(({ g }) => holdingsOf(g, { ...row })));
      after = page?.groups.at(-1)?.g ?? 0;
      if (page?.more !== true || after === 0) return;
    }
  }

  /**
   * Tells the name to who is a member now. Who joined later is told it with their joining; of who has left
   * since, nothing newer is replaced.
   */
  async #tellName(group: GroupRow, position: number): Promise<void> {
    const { owner } = this.#ports;
    for (let after = 0; !this.#closing; ) {
      const args: MembersPageArgs = { g: group.g, lim: LIMITS.pageMax, ...(after > 0 ? { after } : {}) };
      const ask = () => owner.ask(group.g, 0, "members.page", args);
      const page = (await this.#insist("members.page", ask)) as MembersPage | undefined;
      const told = { in: true, ep: this.#start.ep, pos: position };
      await this.#tellAll((page?.members ?? []).map(({ u, at }) => membershipOf(group, u, { ...told, at })));
      after = page?.members.at(-1)?.u ?? 0;
      if (page?.more !== true || after === 0) return;
    }
  }

  /** Ends every sign-in of a person that began before; those they opened since stay. */
  async #signOut(who: ReturnType<typeof recoveredFrom>): Promise<void> {
    if (who === undefined) return;
    const { owner } = this.#ports;
    const ask = () => owner.ask(who.u, who.u, "devices.list", {});
    const { devices } = ((await this.#insist("devices.list", ask)) ?? { devices: [] }) as DevicesList;
    const devs = devices.filter(({ at }) => at < who.beforeMs).map(({ dev }) => dev);
    const args: EndDevicesArgs = { devs };
    if (devs.length > 0) await this.#send({ g: who.u, m: "device.end", a: args });
  }

  async #tellAll(meanings: readonly Meaning[]): Promise<void> {
    for (let from = 0; from < meanings.length && !this.#closing; from += TOLD_AT_ONCE) {
      await Promise.all(meanings.slice(from, from + TOLD_AT_ONCE).map((meaning) => this.#send(meaning)));
    }
  }

  /** A list that a group was put on may answer with what the group is to know of the person. */
  async #send(meaning: Meaning): Promise<void> {
    const answer = await this.#insist(meaning.m, () => this.#ports.owner.command(this.#command(meaning)));
    if (meaning.m !== "membership.put") return;
    const held = (answer as CommandResult | undefined)?.d as PutHoldingsArgs | undefined;
    if (held !== undefined) await this.#send(holdingsOf((meaning.a as PutMembershipArgs).g, held));
  }

  /** The answer; undefined when it was refused for good, or the relay closes before there is one. */
  async #insist(method: string, work: () => Promise<unknown>): Promise<unknown> {
    for (let retryMs = RETRY_MIN_MS; !this.#closing; retryMs = Math.min(RETRY_MAX_MS, retryMs * 2)) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        if (error.code !== "UNAVAILABLE" && error.code !== "OUTCOME_UNKNOWN") {
          this.#ports.log.warn("relay_parked", { p: this.#start.p, method, outcome: error.code });
          this.#ports.onParked();
          return undefined;
        }
        await sleep(retryMs);
      }
    }
    return undefined;
  }

  #command({ g, m, a }: Meaning): Command {
    // A guarded upsert: a late copy does nothing.
    const nonce = makeNonce(this.#ports.clock.nowMs());
    const at = `relay-${Buffer.from(nonce).toString("base64url")}`;
    return { g, l: 0, u: 0, dev: "", auth: 0, n: nonce, m, a, as: 0, pv: 0, why: "", dl: 0, at };
  }
}
