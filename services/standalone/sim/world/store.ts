import { FANOUT_TABLES } from "@guildhall/fanout";
import { AppError } from "@guildhall/kernel";
import { type Store, timestampOf, type Write } from "@guildhall/store";
import { memoryStore } from "@guildhall/store/memory";
import type { Checks } from "../checks/checks.ts";
import type { Profile } from "./profile.ts";
import type { Host, World } from "./world.ts";

const CHECKPOINT = "journal_checkpoint";
const QUICK_MS = 1;
const SLOW_MS = 2_500;

/** The store: slow, failing or answering nothing at times. A power cut takes what was written last. */
export class SimStore {
  readonly #world: World;
  readonly #checks: Checks;
  #profile: Profile | undefined;
  #rows: Store = memoryStore(FANOUT_TABLES);
  /** Everything written, in order, for the day some of it is lost. */
  #batches: (readonly Write[])[] = [];
  /** Until then every call fails, ms. */
  #outUntilMs = 0;
  /** Counts how often nothing was left on its way, and batches that were on the disk by then. */
  #rests = 0;
  #synced = 0;

  constructor(world: World, checks: Checks) {
    this.#world = world;
    this.#checks = checks;
  }

  suffer(profile: Profile | undefined): void {
    this.#profile = profile;
    if (profile === undefined) this.#outUntilMs = 0;
  }

  /** Nothing of it answers for so long. */
  outage(ms: number): void {
    this.#outUntilMs = this.#world.nowMs + ms;
  }

  /** Whoever puts disks back waits until nothing is on its way any more, and all is on them. */
  rest(): void {
    this.#silence();
    this.#synced = this.#batches.length;
  }

  /** How far partition 0 is stored: what the newest row says, whenever it landed. */
  get checkpoint(): number {
    const rows = this.#batches.flatMap((batch) => batch.filter(({ table }) => table === CHECKPOINT));
    const newest = rows.reduce<Write | undefined>(
      (found, one) => (found === undefined || one.timestamp >= found.timestamp ? one : found),
      undefined,
    );
    return newest?.row == null ? 0 : Number(newest.row["pos"]);
  }

  /** The newest writes are lost, as many as chance says; older ones and single rows never. */
  async powerCut(): Promise<void> {
    const { random } = this.#world;
    this.#silence();
    const losable = Math.min(8, this.#batches.length - this.#synced);
    const kept = this.#batches.length - (random.chance(0.5) ? 0 : random.below(losable));
    if (kept === this.#batches.length) return;
    this.#checks.happened("store-lost-its-newest");
    this.#batches = this.#batches.slice(0, kept);
    this.#rows = memoryStore(FANOUT_TABLES);
    for (const batch of this.#batches) await this.#rows.write(batch);
  }

  /** What dead processes wrote and has not landed never will. */
  #silence(): void {
    this.#rests++;
  }

  /** The store as the process `host` sees it. */
  of(host: Host): Store {
    return {
      get: async (table, key) => {
        await this.#read(host);
        return this.#rows.get(table, key);
      },
      scan: async (table, partition, range) => {
        await this.#read(host);
        return this.#rows.scan(table, partition, range);
      },
      partitionKeys: async (table, after, limit) => {
        await this.#read(host);
        return this.#rows.partitionKeys(table, after, limit);
      },
      write: (writes) => this.#write(host, writes),
      flush: async () => {},
      async [Symbol.asyncDispose]() {},
    };
  }

  async #read(host: Host): Promise<void> {
    const { random } = this.#world;
    await this.#world.after(host, random.between(0.02, 0.5));
    if (this.#out || random.chance(this.#profile?.readFailed ?? 0)) {
      this.#checks.happened("store-read-failed");
      throw new AppError("UNAVAILABLE", "the store does not answer");
    }
  }

  #write(host: Host, writes: readonly Write[]): Promise<void> {
    const { random } = this.#world;
    const happens = (share: number | undefined) => share !== undefined && random.chance(share);
    const fails = this.#out || happens(this.#profile?.storeFailed);
    const silent = !fails && happens(this.#profile?.storeUnanswered);
    const ms = random.between(0.1, happens(this.#profile?.storeSlow) ? SLOW_MS : QUICK_MS);
    const rests = this.#rests;
    return new Promise((resolve, reject) => {
      const failed = () => reject(new AppError("UNAVAILABLE", "the store does not answer"));
      if (fails) return void this.#world.later(host, ms, failed);
      this.#world.later(this.#world.outside, ms, () => {
        // Whoever dies while writing leaves it to chance.
        if (!host.alive && (rests < this.#rests || random.chance(0.5))) return;
        this.#check(writes);
        this.#batches.push(writes);
        void this.#rows.write(writes);
        if (silent) this.#checks.happened("store-wrote-without-answer");
        this.#world.later(host, random.between(0.02, 0.2), silent ? failed : resolve);
      });
    });
  }

  /** No row is newer than the newest record that the write says is stored. */
  #check(writes: readonly Write[]): void {
    const row = writes.find(({ table }) => table === CHECKPOINT)?.row;
    const newest = row === undefined || row === null ? undefined : timestampOf(Number(row["ep"]), Number(row["pos"]));
    const newer = writes.find(({ timestamp }) => newest !== undefined && timestamp > newest);
    if (newer !== undefined) this.#checks.violate(`a row of ${newer.table} is stored as newer than its record`);
  }

  get #out(): boolean {
    return this.#world.nowMs < this.#outUntilMs;
  }
}
