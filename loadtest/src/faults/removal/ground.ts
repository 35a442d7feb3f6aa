import type { Closers } from "@guildhall/kernel";
import type { Person } from "../../driver/messages.ts";
import type { Dice } from "../dice.ts";
import { Peer, type PeerHooks } from "../peer.ts";
import { Blast } from "./blast.ts";
import { Device } from "./device.ts";
import type { Parts } from "./round.ts";
import { Witness } from "./witness.ts";

export type Cast = {
  /** Connect to the first gateway. The first of them removes, the others write. */
  readonly members: readonly Person[];
  /** One person's, one a device. */
  readonly removed: readonly Person[];
  /** Members who only read, one on each further gateway. */
  readonly onlookers: readonly Person[];
};

/** Who only reads says this often that they are here. */
const PING_EVERY_MS = 10_000;

/** Connects somebody to a gateway, by its place among them. */
type Dial = (person: Person, at: number, hooks?: PeerHooks) => Promise<Peer>;

/** Everybody connects, devices and onlookers spread over `gateways`; in the group is everybody but the one who is removed. */
export async function groundOf(
  { members, removed, onlookers }: Cast,
  gateways: readonly string[],
  dice: Dice,
  closers: Closers,
): Promise<Parts> {
  const dial = dialling(gateways, closers);
  const [kicking, ...others] = members;
  const [outside] = removed;
  if (kicking === undefined || outside === undefined) throw new Error("nobody to remove, or nobody who does");
  const { devices, connected } = await devicesOf(removed, dial);
  const seeing: Witness[] = [];
  const seer = (person: Person, at: number) =>
    dial(person, at, { event: (event) => seeing[at]?.event(event), ended: (ended) => seeing[at]?.ended(ended) });
  const kicker = await seer(kicking, 0);
  const readers = await Promise.all(onlookers.map((person, i) => seer(person, i + 1)));
  const senders = await Promise.all(others.map((person) => dial(person, 0)));

  const { u } = outside;
  const g = await kicker.createGroup("Removal");
  for (const peer of [...senders, ...readers]) await peer.command(g, "member.join", {});
  await connected[0]?.command(g, "member.join", {});
  const witness = new Witness(u, (await kicker.follow(g)).s);
  seeing.push(witness);
  for (const peer of readers) seeing.push(new Witness(u, (await peer.follow(g)).s));
  // The first round begins like every other one: with somebody who is no member.
  await kicker.command(g, "member.kick", { u });
  for (const [i, device] of devices.entries()) device.start(connected[i] ?? kicker, g);
  closers.defer(() => {
    for (const device of devices) device.stop();
  });
  const pings = setInterval(() => readers.forEach(({ member }) => member.ping()), PING_EVERY_MS);
  closers.defer(() => clearInterval(pings));
  const blast = new Blast(senders, connected, g);
  closers.defer(() => blast.stop());
  return { g, u, kicker, devices, blast, witnesses: [witness, ...seeing.slice(1)], dice };
}

function dialling(gateways: readonly string[], closers: Closers): Dial {
  return async (person, at, hooks) => {
    const peer = await Peer.dial(gateways[at % gateways.length] ?? "", hooks);
    closers.defer(() => peer.socket.destroy());
    await peer.greet(person);
    return peer;
  };
}

async function devicesOf(people: readonly Person[], dial: Dial) {
  const devices = people.map(() => new Device());
  const dialled = people.map((person, i) =>
    dial(person, i, { event: (event, atMs) => devices[i]?.event(event, atMs) }),
  );
  return { devices, connected: await Promise.all(dialled) };
}
