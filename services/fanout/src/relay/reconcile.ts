import { ACCOUNTS } from "@guildhall/account";
import { GROUPS, type GroupRow, MEMBERS } from "@guildhall/group";
import { partitionOf } from "@guildhall/kernel";
import type { Store } from "@guildhall/store";
import { meaningsForOwner, tellingOf } from "./accounts.ts";
import { type Meaning, membershipOf } from "./meanings.ts";

/** Groups, and people of one group, looked at together. */
const PAGE = 256;

export type ReconcilePorts = {
  readonly store: Store;
  /** Of the installation. */
  readonly partitions: number;
  /** Tells people what they are to know; resolves when they do. */
  readonly tell: (meanings: readonly Meaning[]) => Promise<void>;
  readonly closing: () => boolean;
};

/** Where a life of a partition's journal begins. */
export type EpochStart = { readonly p: number; readonly ep: number; readonly position: number };

/**
 * Rebuilds people's lists of groups from the members, for all groups of a partition: where a journal was lost, the
 * store may know of joining and leaving that nobody was told of. Everybody who is or was in a group is told as of the
 * beginning of the epoch, so that nothing that has happened in it is undone. It goes through the groups one after
 * another, holds PAGE of them or of their people, and may be done any number of times.
 *
 * @throws what the store throws: it is to be begun again then. Returns how many groups it has looked at.
 */
export async function reconcile({ p, ep, position }: EpochStart, ports: ReconcilePorts): Promise<number> {
  const { store, partitions, tell, closing } = ports;
  let looked = 0;
  for (let keys = await store.partitionKeys(GROUPS, undefined, PAGE); keys.length > 0 && !closing(); ) {
    for (const [g] of keys) {
      if (typeof g !== "number" || partitionOf(g, partitions) !== p) continue;
      const group = await store.get(GROUPS, [g]);
      if (group === undefined) continue;
      await tell(meaningsForOwner({ k: group.state === "dissolved" ? "group.dissolve" : "group.create" }, group));
      await tellPeople(group, { ep, pos: position }, store, tell, closing);
      looked++;
    }
    keys = await store.partitionKeys(GROUPS, keys.at(-1), PAGE);
  }
  await tellAccounts({ p, ep, position }, ports);
  return looked;
}

/** Accounts tell their operators and groups all they know: who knows it already changes nothing. */
async function tellAccounts({ p, ep, position }: EpochStart, ports: ReconcilePorts): Promise<void> {
  const { store, partitions, tell, closing } = ports;
  for (let keys = await store.partitionKeys(ACCOUNTS, undefined, PAGE); keys.length > 0 && !closing(); ) {
    for (const [a] of keys) {
      if (typeof a !== "number" || partitionOf(a, partitions) !== p) continue;
      const account = await store.get(ACCOUNTS, [a]);
      if (account !== undefined) await tell(tellingOf(account, { ep, pos: position }));
    }
    keys = await store.partitionKeys(ACCOUNTS, keys.at(-1), PAGE);
  }
}

async function tellPeople(
  group: GroupRow,
  as: { readonly ep: number; readonly pos: number },
  store: Store,
  tell: ReconcilePorts["tell"],
  closing: () => boolean,
): Promise<void> {
  for (let from = 1; !closing(); ) {
    const rows = await store.scan(MEMBERS, [group.g], { from, limit: PAGE });
    await tell(rows.map(({ u, state, at }) => membershipOf(group, u, { in: state === "in", at, ...as })));
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    from = last.u + 1;
  }
}
