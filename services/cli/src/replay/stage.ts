import type { Client, Group, Violation } from "@guildhall/client";
import type { GroupView } from "@guildhall/proto";
import { Failure } from "../command.ts";
import { addInBatches } from "../people-batch.ts";
import type { NamedSession } from "../session-file.ts";
import { clientOf, gatewaysFrom } from "../signed-in.ts";
import type { Cast } from "./cast.ts";
import { Follower } from "./follower.ts";
import type { ReplayOptions } from "./options.ts";

/** Commands are repeated for this long: a server that is killed and started again must not end a replay. */
const COMMAND_MAX_MS = 120_000;
/** Connections opened, and joins sent, at a time: more than this and a small server sees an attack. */
const AT_ONCE = 32;

/** One person of the replay, with a connection of their own. */
export type Player = {
  readonly u: number;
  readonly client: Client;
  readonly group: Group;
  readonly follower: Follower;
};

/** Everybody in place: the group made, those who were there before joined and subscribed. */
export type Stage = {
  readonly view: GroupView;
  readonly host: Player;
  /** In the order of the cast. */
  readonly players: readonly Player[];
  readonly silent: readonly Player[];
  /** Joined with the others and not connected: reads the history at the end. */
  readonly reader: NamedSession;
  /** Seq of the newest event before the first line. */
  readonly start: number;
  readonly violations: readonly Violation[];
};

/** Adds the people, connects them, makes the group and fills it. What it opens is given to `closing`. @throws Failure, GuildhallError */
export async function setStage(cast: Cast, options: ReplayOptions, closing: (client: Client) => void): Promise<Stage> {
  const { people } = cast;
  const run = Date.now().toString(36);
  const count = 2 + people.length + options.silent;
  options.progress(`adding ${count} people`);
  const names = Array.from({ length: count }, (_, at) => `r${run}_${at}`);
  const { added, refused } = await addInBatches(options.api, options.operatorKey, names);
  if (refused.length > 0) throw new Failure(`${refused.length} people could not be added: ${refused[0]?.code}`);
  const violations: Violation[] = [];
  let connections = 0;
  const connected = (session: NamedSession) => {
    const places = { api: options.api, urls: gatewaysFrom(options.urls, connections++) };
    const client = clientOf(session, places, {
      commandTimeoutMs: COMMAND_MAX_MS,
      onViolation: (violation) => violations.push(violation),
    });
    closing(client);
    return client;
  };
  const [hostSession, reader, ...others] = added;
  if (hostSession === undefined || reader === undefined) throw new Failure("the API added nobody");

  const hostClient = connected(hostSession);
  const view = await hostClient.createGroup({ name: `replay ${run}`, category: "interest" });
  const host = player(hostSession.u, hostClient, view.g);
  options.progress(`connecting ${others.length} people`);
  const crowd: Player[] = [];
  await eachOf(others, async (session, at) => {
    const client = connected(session);
    await client.ready();
    crowd[at] = player(session.u, client, view.g);
  });

  const players = crowd.slice(0, people.length);
  const silent = crowd.slice(people.length);
  const early = [...players.filter((_, at) => people[at]?.before === true), ...silent];
  options.progress(`${early.length} people join`);
  const nicks = new Map(players.map((one, at) => [one.u, people[at]?.nick ?? ""]));
  await eachOf(early, async ({ u, group }) => {
    const nick = nicks.get(u);
    await group.join(nick === undefined ? {} : { nick });
  });
  await joinAndPart(reader, connected, view.g);
  const start = await subscribeAll([host, ...early]);
  return { view, host, players, silent, reader, start, violations };
}

async function joinAndPart(
  reader: NamedSession,
  connected: (session: NamedSession) => Client,
  g: number,
): Promise<void> {
  await using client = connected(reader);
  await client.group(g).join();
}

/** Subscribes all, and sees to it that all begin after the same event. Resolves with its seq. */
async function subscribeAll(all: readonly Player[]): Promise<number> {
  const heads: number[] = [];
  await eachOf(all, async ({ group }, at) => {
    heads[at] = (await group.subscribe()).head;
  });
  const start = Math.max(...heads);
  for (const { follower } of all) follower.begin(start);
  const behind = heads.filter((head) => head !== start).length;
  if (behind > 0)
    throw new Failure(`${behind} people were subscribed at another head than ${start}, with nobody acting`);
  return start;
}

function player(u: number, client: Client, g: number): Player {
  const group = client.group(g);
  const follower = new Follower();
  group.listen((item) => follower.onItem(item));
  return { u, client, group, follower };
}

/** Runs `work` for each, AT_ONCE at a time. @throws the first failure, once what had begun is done. */
export async function eachOf<T>(items: readonly T[], work: (item: T, at: number) => Promise<void>): Promise<void> {
  let at = 0;
  const worker = async (): Promise<void> => {
    for (let mine = at++; mine < items.length; mine = at++) await work(items[mine] as T, mine);
  };
  const results = await Promise.allSettled(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
