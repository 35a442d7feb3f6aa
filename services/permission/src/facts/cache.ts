import type { FactsDelta, GroupFacts, MemberFacts } from "@guildhall/proto";
import type { PartitionWatch } from "./watch.ts";

/** Facts of one group, all true at version `group.v`. A person who is not in `members` was not asked about. */
export type CachedGroup = {
  readonly p: number;
  readonly watch: PartitionWatch;
  group: GroupFacts;
  readonly members: Map<number, MemberFacts>;
  /** Asked about since the last search for something to drop. */
  used: boolean;
};

type Bounds = { readonly groupsMax: number; readonly membersPerGroupMax: number };

/**
 * Keeps facts of groups. At `groupsMax` the oldest that was not asked about since the last search is
 * dropped; at `membersPerGroupMax` the person kept longest. Both are loaded again when needed.
 */
export class FactsCache {
  readonly #groups = new Map<number, CachedGroup>();
  readonly #bounds: Bounds;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#groups.size;
  }

  get(g: number): CachedGroup | undefined {
    return this.#groups.get(g);
  }

  put(g: number, entry: CachedGroup): void {
    this.#groups.delete(g);
    while (this.#groups.size >= this.#bounds.groupsMax) this.#dropOne();
    this.#groups.set(g, entry);
    this.#boundMembers(entry);
  }

  drop(g: number): void {
    this.#groups.delete(g);
  }

  dropPartition(p: number): void {
    for (const [g, entry] of this.#groups) if (entry.p === p) this.#groups.delete(g);
  }

  /** Adds facts of people that are true at the version of the entry. */
  addMembers(entry: CachedGroup, members: Iterable<readonly [number, MemberFacts]>): void {
    for (const [u, facts] of members) {
      entry.members.delete(u);
      entry.members.set(u, facts);
    }
    this.#boundMembers(entry);
  }

  /** Moves an entry on by a delta that continues it. */
  apply(entry: CachedGroup, delta: FactsDelta): void {
    entry.group = { ...(delta.group ?? entry.group), v: delta.pv };
    this.addMembers(entry, delta.members);
  }

  #boundMembers(entry: CachedGroup): void {
    for (const u of entry.members.keys()) {
      if (entry.members.size <= this.#bounds.membersPerGroupMax) return;
      entry.members.delete(u);
    }
  }

  /** Looks from the oldest on; one in use goes to the end, so that a second look finds it unused. */
  #dropOne(): void {
    for (const [g, entry] of this.#groups) {
      this.#groups.delete(g);
      if (!entry.used) return;
      entry.used = false;
      this.#groups.set(g, entry);
    }
  }
}
