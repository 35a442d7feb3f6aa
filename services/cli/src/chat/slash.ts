import type { Client, Group } from "@guildhall/client";
import { POLICY_NAMES, type PolicyName } from "@guildhall/proto/tables";
import { changers } from "../changers.ts";
import { Failure } from "../command.ts";
import { announce, announcements, withdraw } from "./announcements.ts";
import { appeals, end } from "./life.ts";
import type { Names } from "./names.ts";
import { avatar, profileVersions } from "./profile.ts";
import { recover, recovery, setGuardians } from "./recovery.ts";
import { clean, peopleIn, render } from "./render.ts";
import { bitsOf, editRole, findRole, listRoles } from "./roles.ts";

const MINUTE_MS = 60_000;
const HISTORY_LINES = 20;

export type Room = {
  readonly client: Client;
  readonly group: Group;
  readonly names: Names;
  readonly print: (line: string) => void;
};
type Slash = {
  readonly usage: string;
  /** How many words before the rest, which is one text. */
  readonly words: number;
  run(room: Room, words: readonly string[], rest: string): Promise<unknown>;
};

/** Lines that begin with / do one of these. */
const SLASHES: Readonly<Record<string, Slash>> = {
  me: { usage: "/me <text>", words: 0, run: ({ group }, _, text) => group.action(needed(text)) },
  say: {
    usage: "/say <text as the group>",
    words: 0,
    run: ({ group }, _, text) => group.send(needed(text), { as: "group" }),
  },
  reply: {
    usage: "/reply <seq> <text>",
    words: 1,
    run: ({ group }, [seq], text) => group.send(needed(text), { re: seqOf(seq) }),
  },
  edit: {
    usage: "/edit <seq> <text>",
    words: 1,
    run: ({ group }, [seq], text) => group.edit(seqOf(seq), needed(text)),
  },
  recall: { usage: "/recall <seq>", words: 1, run: ({ group }, [seq]) => group.recall(seqOf(seq)) },
  delete: {
    usage: "/delete <seq> [why]",
    words: 1,
    run: ({ group }, [seq], why) => group.delete(seqOf(seq), why === "" ? undefined : why),
  },
  react: { usage: "/react <seq> <emoji>", words: 1, run: ({ group }, [seq], r) => group.react(seqOf(seq), needed(r)) },
  unreact: {
    usage: "/unreact <seq> <emoji>",
    words: 1,
    run: ({ group }, [seq], r) => group.unreact(seqOf(seq), needed(r)),
  },
  pin: { usage: "/pin <seq>", words: 1, run: ({ group }, [seq]) => group.pin(seqOf(seq)) },
  unpin: { usage: "/unpin <seq>", words: 1, run: ({ group }, [seq]) => group.unpin(seqOf(seq)) },
  announce: {
    usage: "/announce me|group <title> | <text>",
    words: 1,
    run: (room, [voice], text) => announce(room, needed(voice), text),
  },
  withdraw: {
    usage: "/withdraw <seq of an announcement> [why]",
    words: 1,
    run: (room, [seq], why) => withdraw(room, seqOf(seq), why),
  },
  announcements: {
    usage: "/announcements [seq]",
    words: 1,
    run: (room, [seq]) => announcements(room, seq === undefined ? undefined : seqOf(seq)),
  },
  kick: {
    usage: "/kick <name> [why]",
    words: 1,
    run: async (room, [name], why) => room.group.kick(await person(room, name), why === "" ? undefined : why),
  },
  mute: { usage: "/mute <name> <minutes>", words: 2, run: (room, [name, minutes]) => mute(room, name, minutes) },
  unmute: {
    usage: "/unmute <name>",
    words: 1,
    run: async (room, [name]) => room.group.unmute(await person(room, name)),
  },
  ban: {
    usage: "/ban <name> [why]",
    words: 1,
    run: async (room, [name], why) => room.group.ban(await person(room, name), why === "" ? {} : { why }),
  },
  unban: {
    usage: "/unban #<id>",
    words: 1,
    run: async (room, [name]) => room.group.unban(await person(room, name)),
  },
  nick: { usage: "/nick [nickname]", words: 0, run: ({ group }, _, nick) => group.nick(nick) },
  roles: { usage: "/roles", words: 0, run: ({ group, print }) => listRoles(group, print) },
  role: {
    usage: "/role give|take <name> <role>",
    words: 2,
    run: (room, [verb, name], role) => changeRole(room, verb, name, role),
  },
  newrole: {
    usage: "/newrole <rank> <BIT,BIT,…> <name>",
    words: 2,
    run: ({ group }, [rank, bits], name) =>
      group.createRole({ name: needed(name), rank: seqOf(rank), p: bitsOf(needed(bits)) }),
  },
  copyrole: {
    usage: "/copyrole <role id> <name>",
    words: 1,
    run: ({ group }, [from], name) => group.createRole({ name: needed(name), from: seqOf(from) }),
  },
  editrole: {
    usage: "/editrole <role id> <+BIT,-BIT,…>",
    words: 1,
    run: ({ group }, [id], changes) => editRole(group, seqOf(id), needed(changes)),
  },
  delrole: { usage: "/delrole <role id>", words: 1, run: ({ group }, [id]) => group.deleteRole(seqOf(id)) },
  rename: { usage: "/rename <name of the group>", words: 0, run: ({ group }, _, name) => group.rename(needed(name)) },
  profile: { usage: "/profile", words: 0, run: (room) => profileVersions(room) },
  rollback: { usage: "/rollback <version>", words: 1, run: ({ group }, [n]) => group.profile.rollBack(seqOf(n)) },
  lock: { usage: "/lock", words: 0, run: ({ group }) => group.profile.lock(true) },
  unlock: { usage: "/unlock", words: 0, run: ({ group }) => group.profile.lock(false) },
  avatar: { usage: "/avatar <file>|none", words: 0, run: (room, _, path) => avatar(room, needed(path)) },
  policy: { usage: "/policy <policy>", words: 1, run: ({ group }, [name]) => group.changePolicy(policyOf(name)) },
  settings: { usage: "/settings", words: 0, run: (room) => settings(room) },
  why: { usage: "/why <command> [name]", words: 2, run: (room, [command, name]) => explain(room, command, name) },
  online: { usage: "/online", words: 0, run: async ({ group, print }) => print(`${await group.online()} online`) },
  members: { usage: "/members", words: 0, run: (room) => members(room) },
  history: { usage: "/history [before]", words: 1, run: (room, [seq]) => history(room, seq) },
  leave: { usage: "/leave", words: 0, run: ({ group }) => group.leave() },
  transfer: {
    usage: "/transfer <name>",
    words: 1,
    run: async (room, [name]) => room.group.transfer(await person(room, name)),
  },
  end: {
    usage: "/end announce|cancel|now [why]",
    words: 1,
    run: (room, [verb], why) => end(room, verb, why === "" ? undefined : why),
  },
  appeal: {
    usage: "/appeal <text for the operator>",
    words: 0,
    run: ({ group }, _, t) => group.life.appeal(needed(t)),
  },
  appeals: { usage: "/appeals", words: 0, run: (room) => appeals(room) },
  guardians: {
    usage: "/guardians [<how many are needed> <name> <name> <name>…]",
    words: 1,
    run: (room, [need], people) => (need === undefined ? recovery(room) : setGuardians(room, need, people)),
  },
  recover: {
    usage: "/recover open <name> <why> | approve|veto|finish",
    words: 1,
    run: (room, [verb], rest) => recover(room, verb, rest),
  },
  help: { usage: "/help", words: 0, run: async ({ print }) => print(slashHelp()) },
};

/** Carries out a line that begins with /. @throws Failure, GuildhallError */
export async function slash(room: Room, line: string): Promise<"quit" | "done"> {
  const [name, args] = firstWord(line.slice(1));
  if (name === "quit") return "quit";
  const found = Object.hasOwn(SLASHES, name) ? SLASHES[name] : undefined;
  if (found === undefined) throw new Failure(`there is no /${name}; there are ${slashHelp()}`);
  const words: string[] = [];
  let rest = args;
  while (words.length < found.words && rest !== "") {
    const [word, more] = firstWord(rest);
    words.push(word);
    rest = more;
  }
  try {
    await found.run(room, words, rest);
  } catch (error) {
    throw error instanceof MissingWord ? new Failure(`usage: ${found.usage}`) : error;
  }
  return "done";
}

/** The text up to the first space, and what follows the spaces. */
function firstWord(text: string): [word: string, rest: string] {
  const end = text.search(/\s/);
  return end < 0 ? [text, ""] : [text.slice(0, end), text.slice(end).trimStart()];
}

/** Every / command in one line. */
export function slashHelp(): string {
  return [...Object.values(SLASHES).map(({ usage }) => usage), "/quit"].join(" · ");
}

class MissingWord extends Error {}

function needed(word: string | undefined): string {
  if (word === undefined || word === "") throw new MissingWord();
  return word;
}

function seqOf(word: string | undefined): number {
  const seq = /^\d+$/.test(word ?? "") ? Number(word) : 0;
  if (!Number.isSafeInteger(seq) || seq < 1) throw new MissingWord();
  return seq;
}

async function person({ group, names }: Room, name: string | undefined): Promise<number> {
  const word = needed(name);
  return names.find(word, word.startsWith("#") ? [] : await group.members());
}

async function mute(room: Room, name: string | undefined, minutes: string | undefined): Promise<void> {
  const ms = seqOf(minutes) * MINUTE_MS;
  await room.group.mute(await person(room, name), room.client.nowMs() + ms);
}

async function changeRole(room: Room, verb: string | undefined, name: string | undefined, word: string): Promise<void> {
  if (verb !== "give" && verb !== "take") throw new MissingWord();
  const u = await person(room, name);
  const role = await findRole(room.group, needed(word));
  await (verb === "give" ? room.group.assignRole(u, role.id) : room.group.takeRole(u, role.id));
}

async function members({ group, names, print }: Room): Promise<void> {
  const all = await group.members();
  await names.know(all.map(({ u }) => u));
  for (const { u, roles } of all)
    print(`${names.of(u)}  #${u}${roles.length === 0 ? "" : `  roles ${roles.join(", ")}`}`);
  print(`${all.length} members`);
}

function policyOf(word: string | undefined): PolicyName {
  const name = POLICY_NAMES.find((one) => one === word);
  if (name === undefined) throw new Failure(`there is no policy ${needed(word)}; there are ${POLICY_NAMES.join(", ")}`);
  return name;
}

/** Which fact keeps one from a command, and who could change that. */
async function explain(room: Room, command: string | undefined, name: string | undefined): Promise<void> {
  const about = name === undefined || name === "" ? {} : { u: await person(room, name) };
  const { ok, cause } = await room.group.explain(needed(command), about);
  room.print(cause === undefined ? `you may ${command}${ok ? "" : " not"}` : `you may not: ${clean(cause.text)}`);
  if (cause !== undefined) room.print(clean(changers(cause)));
}

async function settings({ group, print }: Room): Promise<void> {
  const { muteAll, slowMs, members, membersMax, policy, attribution, official, locked } = await group.get();
  print(`policy ${policy}`);
  print(`everybody is ${muteAll ? "muted" : "free to write"}`);
  print(slowMs === 0 ? "no slow mode" : `slow mode: one message in ${slowMs / 1_000} s`);
  print(`${members} members${membersMax === 0 ? "" : ` of at most ${membersMax}`}`);
  print(
    `who speaks as the group is shown to ${attribution === "public" ? "everybody" : "those who may read the acts"}`,
  );
  if (official) print("announcements are the group's only");
  if (locked) print("name, picture and intro are the owner's alone");
}

async function history(room: Room, word: string | undefined): Promise<void> {
  const head = room.group.state?.head ?? 0;
  await showHistory(room, word === undefined || word === "" ? head + 1 : seqOf(word));
}

/** Prints the last lines before a seq. */
export async function showHistory({ group, names, print }: Room, before: number): Promise<void> {
  const page = await group.history({ before, lim: HISTORY_LINES });
  await names.know(page.e.flatMap(peopleIn));
  for (const event of page.e) print(render(event, names));
}
