import { type Closers, makeNonce } from "@guildhall/kernel";
import { CLIENT_FRAME, type Encoding } from "@guildhall/proto/tables";
import { makePeople, operatorKey } from "../../clients/people.ts";
import type { Person } from "../../driver/messages.ts";
import { type GuildhallServer, startGuildhall } from "../../processes/servers.ts";
import { Dialogue } from "./dialogue.ts";
import type { Address } from "./peer.ts";

/** Tokens hold for ten minutes; people are made anew before. */
const PERSON_MAX_MS = 8 * 60_000;
const PEOPLE_BATCH = 50;

/** A running system, and what it takes to be somebody on it. */
export type Ground = {
  readonly server: GuildhallServer;
  readonly gateway: Address;
  readonly api: Address;
  readonly operatorKey: string;
  /** A group that every person of `person()` is a member of, and the group's owner, who is nobody else. */
  readonly group: number;
  readonly number: number;
  readonly owner: Dialogue;
  /** Somebody who is not connected. Given back by `back`, so that the next may have them. */
  person(): Promise<Person>;
  back(person: Person): void;
  /** A connection of somebody, greeted. */
  greeted(encoding: Encoding, headers?: readonly string[]): Promise<{ dialogue: Dialogue; person: Person }>;
  /** How many messages and other commands the group has had, besides people joining. */
  committed(): Promise<number>;
};

/** Starts a system with these settings, and makes a group on it. */
export async function startGround(
  closers: Closers,
  env: NodeJS.ProcessEnv,
  settings: Readonly<Record<string, string>> = {},
): Promise<Ground> {
  const server = await startGuildhall(closers, 0, { ...env, ...settings });
  const key = await operatorKey(server.api, undefined, server.operatorCode);
  const gateway = addressOf(server.url);
  const owner = await ownerOf(server, gateway, key);
  closers.defer(() => owner.peer.hangUp());
  const made = await owner.ok<{ g: number; number: number }>({
    t: CLIENT_FRAME.ask,
    m: "group.create",
    n: makeNonce(Date.now()),
    a: { name: "Hostile", category: "study" },
  });
  const free: { person: Person; endMs: number }[] = [];
  /** When the tokens of those who are in use end. */
  const ends = new Map<Person, number>();
  let joined = 0;
  let making: Promise<void> = Promise.resolve();

  async function makeMore(): Promise<void> {
    const people = await makePeople(server.api, key, PEOPLE_BATCH);
    await Promise.all(people.map((person) => join(gateway, person, made.g)));
    joined += people.length;
    const endMs = Date.now() + PERSON_MAX_MS;
    free.push(...people.map((person) => ({ person, endMs })));
  }

  async function person(): Promise<Person> {
    for (;;) {
      const found = free.shift();
      if (found !== undefined && found.endMs > Date.now()) {
        ends.set(found.person, found.endMs);
        return found.person;
      }
      if (found !== undefined) continue;
      making = making.then(() => (free.length === 0 ? makeMore() : undefined));
      await making;
    }
  }

  function back(one: Person): void {
    free.push({ person: one, endMs: ends.get(one) ?? 0 });
    ends.delete(one);
  }

  return {
    server,
    gateway,
    api: addressOf(server.api),
    operatorKey: key,
    group: made.g,
    number: made.number,
    owner,
    person,
    back,
    greeted: async (encoding, headers = []) => greeted(gateway, await person(), encoding, headers),
    async committed() {
      // Not the owner, whose token may have ended.
      const one = await person();
      await making;
      const head = await headOf(gateway, one, made.g);
      back(one);
      return head - joined;
    },
  };
}

export function addressOf(url: string): Address {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

async function ownerOf(server: GuildhallServer, gateway: Address, key: string): Promise<Dialogue> {
  const [person] = await makePeople(server.api, key, 1);
  if (person === undefined) throw new Error("nobody was made");
  const dialogue = await Dialogue.open(gateway, "json");
  await dialogue.hello(person);
  const beat = setInterval(() => dialogue.frame({ t: CLIENT_FRAME.ping }), OWNER_PING_MS);
  beat.unref();
  return dialogue;
}

/** Well below every heartbeat that is set here. */
const OWNER_PING_MS = 5_000;

async function greeted(gateway: Address, person: Person, encoding: Encoding, headers: readonly string[]) {
  const dialogue = await Dialogue.open(gateway, encoding, headers);
  await dialogue.hello(person);
  return { dialogue, person };
}

async function headOf(gateway: Address, person: Person, g: number): Promise<number> {
  const { dialogue } = await greeted(gateway, person, "json", []);
  const [row] = await dialogue.ok<readonly { readonly s: number }[]>({ t: CLIENT_FRAME.sub, g: [g], mode: 0 });
  dialogue.peer.hangUp();
  return row?.s ?? Number.NaN;
}

async function join(gateway: Address, person: Person, g: number): Promise<void> {
  const dialogue = await Dialogue.open(gateway, "msgpack");
  await dialogue.hello(person);
  await dialogue.ok({ t: CLIENT_FRAME.cmd, g, n: makeNonce(Date.now()), m: "member.join", a: {} });
  dialogue.peer.hangUp();
}
