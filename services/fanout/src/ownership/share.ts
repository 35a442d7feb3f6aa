/** What one process sees of who owns what. */
export type View = {
  readonly me: string;
  /** Every live process, this one too. */
  readonly members: readonly string[];
  readonly partitions: number;
  /** Partition → holder, for those that somebody holds. */
  readonly holders: ReadonlyMap<number, string>;
  /** Partitions that nobody has held for long enough to be claimed. */
  readonly free: ReadonlySet<number>;
};

export type Plan = {
  readonly claim: readonly number[];
  readonly giveUp: readonly number[];
  /** How many partitions are this process's due. */
  readonly share: number;
};

/**
 * What this process should do towards an even spread: claim free partitions up to its share, or give up what is
 * above it while others have less. All processes come to plans that fit together without talking: a share is the
 * partitions divided by the members, rounded down, and one more for the first of the members by name.
 */
export function planShare({ me, members, partitions, holders, free }: View): Plan {
  const all = [...new Set([...members, me])].sort();
  const least = Math.floor(partitions / all.length);
  const more = partitions % all.length;
  const mine = [...holders].filter(([, holder]) => holder === me).map(([p]) => p);
  const share = least + (all.indexOf(me) < more ? 1 : 0);
  if (mine.length > share) {
    const giveUp = mine.sort((a, b) => a - b).slice(share);
    return { claim: [], giveUp, share };
  }
  const claim = [...free].filter((p) => !holders.has(p)).sort((a, b) => a - b);
  // Everybody begins elsewhere, so that two who claim at once seldom meet.
  const from = claim.length === 0 ? 0 : Math.floor((all.indexOf(me) * claim.length) / all.length);
  return { claim: [...claim.slice(from), ...claim.slice(0, from)].slice(0, share - mine.length), giveUp: [], share };
}
