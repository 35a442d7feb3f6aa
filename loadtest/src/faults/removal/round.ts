import { setTimeout as sleep } from "node:timers/promises";
import type { SubscribedRow } from "@guildhall/proto";
import { until } from "@guildhall/testkit";
import type { Dice } from "../dice.ts";
import type { Peer } from "../peer.ts";
import { type Blast, SALVO_MESSAGES, type Said } from "./blast.ts";
import type { Device } from "./device.ts";
import type { Witness } from "./witness.ts";

/** Of four kicks so many go out within a salvo; the others at any moment. */
const WITHIN_SALVO = 0.75;
/** Before the kick the person follows for this long and up to as much again. */
const FOLLOW_MS = 30;
/** What the group must take after the kick before a round is judged. */
const MESSAGES_AFTER = 4;
const WAIT_MAX_MS = 30_000;
/** A gateway that another one has told of a membership may learn of it a moment later. */
const KNOWN_MAX_MS = 5_000;
const KNOWN_EVERY_MS = 20;

export type Parts = {
  readonly g: number;
  readonly u: number;
  readonly kicker: Peer;
  readonly devices: readonly Device[];
  readonly blast: Blast;
  /** One on each gateway; the first one's texts are what was committed. */
  readonly witnesses: readonly [Witness, ...Witness[]];
  readonly dice: Dice;
};

export type Kick = { readonly sentMs: number; readonly okMs: number; readonly s: number };

/** How the person is removed. */
export type Removal = {
  readonly m: "member.kick" | "member.ban";
  /** Has the person removed in the midst of something that it begins and ends. */
  readonly amid: (remove: () => Promise<Kick>) => Promise<Kick>;
};

const KICK: Removal = { m: "member.kick", amid: (remove) => remove() };

/** What one removal came to. */
export type Round = {
  /** A message that was under way together with the kick took the seq right before it, or right behind it. */
  readonly messageFirst: boolean;
  readonly kickFirst: boolean;
  readonly messagesInFlight: number;
  readonly deliveriesInFlight: number;
  /** From the kick's `ok` to the kick's event, at each device, ms; below 0 where the event was first. */
  readonly toldMs: readonly number[];
  /** Pages that were still given to the removed, without anything newer than the removal. */
  readonly pagesAfter: number;
  readonly violations: readonly string[];
};

/** The person joins, follows on every device, is removed in the midst of the blast, and must see no more. */
export async function removalRound(parts: Parts, { m, amid }: Removal = KICK): Promise<Round> {
  const { blast, devices, dice, g, kicker, u, witnesses } = parts;
  const [witness] = witnesses;
  for (const device of devices) device.begin();
  await devices[0]?.peer.command(g, "member.join", {});
  const rows = await Promise.all(devices.map(({ peer }) => followed(peer, g)));
  await sleep(FOLLOW_MS * (1 + dice.next()));
  const kick = await amid(() => removed(parts, m));
  await until(() => witnesses.every(({ newest, gone }) => gone || newest >= kick.s + MESSAGES_AFTER), WAIT_MAX_MS);
  // Its answer comes behind everything that was written to the device before.
  const pages = await Promise.all(devices.map((device) => device.page()));
  if (m === "member.ban") await kicker.command(g, "member.unban", { u });

  const together = blast.said.filter(({ sentMs, answeredMs }) => sentMs < kick.okMs && answeredMs > kick.sentMs);
  const astray = blast.said.filter(({ s, text }) => s > 0 && s <= witness.newest && witness.text(s) !== text);
  const has = (s: number): boolean => together.some((said) => said.s === s);
  return {
    messageFirst: has(kick.s - 1),
    kickFirst: has(kick.s + 1),
    messagesInFlight: together.length,
    deliveriesInFlight: devices.reduce((total, device) => total + device.inFlight(kick.sentMs, kick.s), 0),
    toldMs: devices.flatMap((device) => {
      const atMs = device.sawAtMs(kick.s);
      return atMs === undefined ? [] : [atMs - kick.okMs];
    }),
    pagesAfter: pages.filter(Boolean).length,
    violations: [...devices.flatMap((device, i) => device.judge(rows[i]?.s ?? 0, kick.s)), ...answeredWrong(astray)],
  };
}

async function followed(peer: Peer, g: number): Promise<SubscribedRow> {
  for (const endMs = performance.now() + KNOWN_MAX_MS; ; await sleep(KNOWN_EVERY_MS)) {
    try {
      return await peer.follow(g);
    } catch (error) {
      if (performance.now() > endMs) throw error;
    }
  }
}

function removed({ blast, dice, g, kicker, u }: Parts, m: Removal["m"]): Promise<Kick> {
  const inSalvo = dice.next() < WITHIN_SALVO;
  const place = dice.below(SALVO_MESSAGES + 1);
  const laterMs = dice.next() * 20;
  return new Promise<Kick>((resolve) => {
    const kick = (): void => resolve(removeNow(kicker, g, m, u));
    if (inSalvo) blast.within(place, kick);
    else setTimeout(kick, laterMs);
  });
}

async function removeNow(kicker: Peer, g: number, m: Removal["m"], u: number): Promise<Kick> {
  const sentMs = performance.now();
  const { s } = await kicker.command(g, m, { u });
  return { sentMs, okMs: performance.now(), s };
}

function answeredWrong(astray: readonly Said[]): string[] {
  return astray.map(({ s, text }) => `${text} was answered with ${s}, where something else is`);
}
