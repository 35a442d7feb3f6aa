import { setTimeout as sleep } from "node:timers/promises";
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
const WAIT_MAX_MS = 10_000;

export type Parts = {
  readonly g: number;
  readonly u: number;
  readonly kicker: Peer;
  readonly devices: readonly Device[];
  readonly blast: Blast;
  readonly witness: Witness;
  readonly dice: Dice;
};

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

/** The person joins, follows on every device, is kicked in the midst of the blast, and must see no more. */
export async function removalRound(parts: Parts): Promise<Round> {
  const { blast, devices, dice, g, witness } = parts;
  for (const device of devices) device.begin();
  await devices[0]?.peer.command(g, "member.join", {});
  const rows = await Promise.all(devices.map(({ peer }) => peer.follow(g)));
  await sleep(FOLLOW_MS * (1 + dice.next()));
  const kick = await kicked(parts);
  await until(() => witness.newest >= kick.s + MESSAGES_AFTER, WAIT_MAX_MS);
  // Its answer comes behind everything that was written to the device before.
  const pages = await Promise.all(devices.map((device) => device.page()));

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

type Kick = { readonly sentMs: number; readonly okMs: number; readonly s: number };

function kicked({ blast, dice, g, kicker, u }: Parts): Promise<Kick> {
  const inSalvo = dice.next() < WITHIN_SALVO;
  const place = dice.below(SALVO_MESSAGES + 1);
  const laterMs = dice.next() * 20;
  return new Promise<Kick>((resolve) => {
    const kick = (): void => resolve(kickNow(kicker, g, u));
    if (inSalvo) blast.within(place, kick);
    else setTimeout(kick, laterMs);
  });
}

async function kickNow(kicker: Peer, g: number, u: number): Promise<Kick> {
  const sentMs = performance.now();
  const { s } = await kicker.command(g, "member.kick", { u });
  return { sentMs, okMs: performance.now(), s };
}

function answeredWrong(astray: readonly Said[]): string[] {
  return astray.map(({ s, text }) => `${text} was answered with ${s}, where something else is`);
}
