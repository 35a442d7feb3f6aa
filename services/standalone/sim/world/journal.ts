import type { Journal, JournalItem } from "@guildhall/journal";
import { AppError } from "@guildhall/kernel";
import { decodeRecord } from "@guildhall/wire";
import type { Checks } from "../checks/checks.ts";
import type { Profile } from "./profile.ts";
import type { Host, World } from "./world.ts";

/** What an append takes at most when nothing is wrong, and when the disk is slow; ms. */
const QUICK_MS = 2;
const SLOW_MS = 900;
/** An append that comes this late has been given up: its owner waits 5 s. */
const LATE_MIN_MS = 4_500;
const LATE_MAX_MS = 9_000;

/** The journal of one partition: what has landed stays, whoever dies. */
export class SimJournal {
  readonly #world: World;
  readonly #checks: Checks;
  #profile: Profile | undefined;
  #records: Uint8Array[] = [];
  #onVisit: (host: Host) => void = () => {};

  constructor(world: World, checks: Checks) {
    this.#world = world;
    this.#checks = checks;
  }

  /** What goes wrong from now on; nothing without. */
  suffer(profile: Profile | undefined): void {
    this.#profile = profile;
  }

  /** `then` is told who has begun to read one single record. */
  onVisit(then: (host: Host) => void): void {
    this.#onVisit = then;
  }

  get last(): number {
    return this.#records.length;
  }

  /** Position of the newest record with something to store: a term record says only who owns. */
  get lastFilled(): number {
    return this.#records.findLastIndex((data) => decodeRecord(data).e.length > 0) + 1;
  }

  /** The journal is put back to an older state, as from a backup. */
  restore(last: number): void {
    this.#records = this.#records.slice(0, last);
    this.#checks.restored(last);
  }

  /** The journal as the process `host` sees it. */
  of(host: Host): Journal {
    const world = this.#world;
    const glance = () => world.after(host, world.random.between(0.05, 1));
    return {
      append: (_, expected, data) => this.#append(host, expected, data.slice()),
      read: async (_, from, limit) => {
        if (limit === 1) this.#onVisit(host);
        await glance();
        const items = this.#records.slice(from - 1, from - 1 + limit);
        return items.map((data, i): JournalItem => ({ position: from + i, data: data.slice() }));
      },
      end: async () => {
        await glance();
        return { first: 1, last: this.last };
      },
      purge: async () => {},
      bytes: () => this.#records.reduce((sum, { length }) => sum + length, 0),
      async [Symbol.asyncDispose]() {},
    };
  }

  #append(host: Host, expected: number, data: Uint8Array): Promise<number> {
    const { random } = this.#world;
    const profile = this.#profile;
    const happens = (share: number | undefined) => share !== undefined && random.chance(share);
    if (happens(profile?.appendRefused)) return this.#refuse(host);
    const late = happens(profile?.appendLate);
    const landMs = late
      ? random.between(LATE_MIN_MS, LATE_MAX_MS)
      : random.between(0.2, happens(profile?.appendSlow) ? SLOW_MS : QUICK_MS);
    const silent = happens(profile?.appendUnanswered);
    return new Promise((resolve, reject) => {
      this.#world.later(this.#world.outside, landMs, () => {
        // Whoever dies with an append on its way leaves it to chance.
        if (!host.alive && random.chance(0.5)) return;
        const position = this.#land(host, expected, data);
        if (position !== undefined && late) this.#checks.happened("append-late-landed");
        if (position !== undefined && !host.alive) this.#checks.happened("append-landed-after-crash");
        if (silent && position !== undefined) return this.#checks.happened("append-answer-lost");
        this.#world.later(host, random.between(0.05, 0.5), () => {
          if (position !== undefined) resolve(position);
          else reject(new AppError("CONFLICT", `the journal does not end at ${expected}`));
        });
      });
    });
  }

  #refuse(host: Host): Promise<number> {
    this.#checks.happened("append-refused");
    return new Promise((_, reject) => {
      this.#world.later(host, 1, () => reject(new AppError("UNAVAILABLE", "the journal is full")));
    });
  }

  #land(host: Host, expected: number, data: Uint8Array): number | undefined {
    if (expected !== this.last) {
      this.#checks.happened("append-fenced");
      return undefined;
    }
    this.#records.push(data);
    this.#world.noteBytes(data);
    this.#checks.landed(expected + 1, data, host);
    return expected + 1;
  }
}
