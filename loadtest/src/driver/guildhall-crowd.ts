import { type Crowd, forEach, type Measures, Notes, PING_TURNS } from "./crowd.ts";
import { GuildhallGroup } from "./guildhall-group.ts";
import { keptOf } from "./kept.ts";
import type { CrowdPlan } from "./messages.ts";

/** Connects everybody, makes the groups, and gives the first members of each a voice. */
export async function guildhallCrowd(plan: CrowdPlan, measures: Measures): Promise<Crowd> {
  const { groups: count = 1, members } = plan;
  const notes = new Notes();
  const kept = keptOf(count);
  const groups = Array.from({ length: count }, (_, number) => new GuildhallGroup(plan, number, measures, notes, kept));
  const everybody = (work: (group: GuildhallGroup, member: number) => Promise<void>): Promise<void> =>
    forEach(count * members, async (number) => {
      const group = groups[Math.floor(number / members)];
      if (group !== undefined) await work(group, number % members);
    });

  await everybody((group, member) => group.connect(member));
  await forEach(count, async (number) => {
    await groups[number]?.create();
  });
  await everybody(async (group, member) => {
    if (member > 0) await group.join(member);
  });
  await everybody((group, member) => group.listen(member));
  for (const group of groups) group.speak();

  const connections = groups.flatMap((group) => group.members);
  return {
    groups,
    ids: groups.map(({ g }) => g),
    senders: groups.flatMap(({ senders }) => senders),
    notes,
    ping: (turn) => {
      for (let i = turn % PING_TURNS; i < connections.length; i += PING_TURNS) connections[i]?.ping();
    },
    close: () => {
      for (const member of connections) member.socket?.destroy();
    },
  };
}
