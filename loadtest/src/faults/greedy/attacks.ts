import { setTimeout as sleep } from "node:timers/promises";
import { makeNonce } from "@guildhall/kernel";
import { type ClientFrame, LIMITS } from "@guildhall/proto";
import { CLIENT_FRAME } from "@guildhall/proto/tables";
import type { Person } from "../../driver/messages.ts";
import { ping } from "../hostile/bytes.ts";
import { frameBytes, handshakeLines, helloOf } from "../hostile/dialogue.ts";
import { type Address, Peer } from "../hostile/peer.ts";
import type { AttackReport, Ending } from "./messages.ts";
import * as plan from "./plan.ts";
import { fromAddress, Greedy } from "./socket.ts";

/** What every attack needs. `net`: the first of its ADDRESS_NETS networks of addresses. */
export type Ground = { readonly address: Address; readonly g: number; readonly net: number };

/** Networks of addresses that one round takes. */
export const ADDRESS_NETS = 10;
const SILENT_FROM_ONE_ADDRESS = 40;
/** Longer than anything here may stay. */
const STAY_MAX_MS = 25_000;
/** A byte this often: a hello would take a minute, a send some seconds. */
const SLOW_BYTE_MS = 50;
const DRIP_MS = 400;
/** What a flooder writes at once, and how long it stays away after its end. */
const FLOOD_FRAMES = 200;
const FLOOD_AGAIN_MS = 1_000;

/** Sockets that shake hands and say nothing. */
export function silent({ address, net }: Ground): Promise<AttackReport> {
  return many("silent", plan.SILENT, 1_000 / plan.SILENT_PER_S, (i) =>
    staying(address, fromAddress(net, Math.floor(i / SILENT_FROM_ONE_ADDRESS))),
  );
}

/** The same from one address, slower than its handshakes are limited. */
export function hoard({ address, net }: Ground): Promise<AttackReport> {
  return many("hoard", plan.HOARD, 50, () => staying(address, fromAddress(net + 1, 1)));
}

/** Handshakes whose headers come byte by byte and never end. */
export function halfOpen({ address, net }: Ground): Promise<AttackReport> {
  return many("half-open", plan.HALF_OPEN, 20, async (i) => {
    const peer = await Peer.open(address);
    const startMs = performance.now();
    peer.write([...handshakeLines("msgpack"), fromAddress(net + 2, i), "X-Drip: "].join("\r\n"));
    await peer.writeInSteps(Buffer.alloc(Math.ceil(STAY_MAX_MS / DRIP_MS), "a"), 1, DRIP_MS);
    const word = peer.end === undefined ? "STAYED" : "DROP";
    peer.hangUp();
    return { word, afterMs: performance.now() - startMs };
  });
}

/** A frame of 16 KiB is announced before the hello, and half of it sent. */
export function halfSent({ address, g, net }: Ground): Promise<AttackReport> {
  return many("half-sent", plan.HALF_SENT, 50, (i) =>
    staying(address, fromAddress(net + 3, i), ({ dialogue }) => dialogue.peer.write(halfFrame(g))),
  );
}

/** A hello of which a byte comes at a time, too slowly. */
export function slowHello({ address, net }: Ground): Promise<AttackReport> {
  const hello = frameBytes({ ...helloOf(NOBODY), i: 1 } as unknown as ClientFrame, "msgpack");
  return many("slow hello", plan.SLOW_HELLO, 50, (i) =>
    staying(address, fromAddress(net + 4, i), ({ dialogue }) => {
      void dialogue.peer.writeInSteps(hello, 1, SLOW_BYTE_MS);
    }),
  );
}

/** Members who send a message byte by byte. That is slow, and allowed. */
export function slowSend({ address, g, net }: Ground, people: readonly Person[]): Promise<AttackReport> {
  return many("slow send", people.length, 100, async (i) => {
    const one = await entered(address, fromAddress(net + 5, i), people[i]);
    if ("word" in one) return one;
    const { dialogue } = one;
    await dialogue.peer.writeInSteps(sendBytes(g, 2, "slowly"), 1, SLOW_BYTE_MS);
    await dialogue.peer.until(() => dialogue.said.some((word) => /^(OK|ERR|CLOSE)/.test(word)), STAY_MAX_MS);
    const ending = one.now(dialogue.said.find((word) => /^(OK|ERR|CLOSE)/.test(word)) ?? "NO ANSWER");
    one.hangUp();
    return ending;
  });
}

/** Members who leave a message unfinished. */
export function stalled({ address, g, net }: Ground, people: readonly Person[]): Promise<AttackReport> {
  return many("stalled", people.length, 50, async (i) => {
    const one = await entered(address, fromAddress(net + 6, i), people[i]);
    if ("word" in one) return one;
    one.dialogue.peer.write(halfFrame(g));
    return await one.ended(STAY_MAX_MS);
  });
}

/** Members who write as many messages as they can; when they are hung up on they come again. */
export function floodCommands({ address, g, net }: Ground, people: readonly Person[]): Promise<AttackReport> {
  return flood("flood of commands", people, { address, g, net: net + 7 }, (i) =>
    Buffer.concat(Array.from({ length: FLOOD_FRAMES }, (_, at) => sendBytes(g, at + 2, `flood ${i}`))),
  );
}

/** The same with pings of the WebSocket. */
export function floodPings({ address, g, net }: Ground, people: readonly Person[]): Promise<AttackReport> {
  const pings = Buffer.concat(Array.from({ length: FLOOD_FRAMES }, () => ping("flood")));
  return flood("flood of pings", people, { address, g, net: net + 8 }, () => pings);
}

/** Members who say hello and are gone before it is answered. */
export function vanish({ address, net }: Ground, people: readonly Person[]): Promise<AttackReport> {
  const count = (plan.VANISHING_PER_S * plan.ATTACK_MS) / 1_000;
  return many("vanish", count, 1_000 / plan.VANISHING_PER_S, async (i) => {
    const one = await Greedy.open(address, fromAddress(net + 9, i));
    if ("word" in one) return one;
    const person = people[i % people.length] ?? NOBODY;
    one.dialogue.frame({ ...helloOf(person), i: 1 } as unknown as ClientFrame);
    if (i % 2 === 0) one.hangUp();
    else one.dialogue.peer.reset();
    return one.now("GONE");
  });
}

const NOBODY: Person = { u: 1, access: "a".repeat(600), dev: "AAAAAAAAAAAAAAAAAAAAAA" };

/** `count` sockets, one every `everyMs`, each on its own from then on. */
async function many(
  name: string,
  count: number,
  everyMs: number,
  one: (i: number) => Promise<Ending>,
): Promise<AttackReport> {
  const startMs = performance.now();
  const endings: Promise<Ending>[] = [];
  while (endings.length < count) {
    const due = Math.min(count, Math.floor((performance.now() - startMs) / everyMs) + 1);
    // No more than a few for a turn that came late: the rate is part of what is said of the attack.
    for (let late = 0; endings.length < due && late < LATE_MAX; late++) endings.push(one(endings.length).catch(failed));
    await sleep(TURN_MS);
  }
  return { name, endings: await Promise.all(endings) };
}

const TURN_MS = 5;
const LATE_MAX = 10;

const failed = (error: unknown): Ending => ({
  word: `FAILED ${error instanceof Error ? error.message : String(error)}`,
  afterMs: 0,
});

/** Shakes hands, does `then`, and waits for the end. */
async function staying(address: Address, header: string, then?: (one: Greedy) => void): Promise<Ending> {
  const one = await Greedy.open(address, header);
  if ("word" in one) return one;
  then?.(one);
  return await one.ended(STAY_MAX_MS);
}

async function entered(address: Address, header: string, person = NOBODY): Promise<Greedy | Ending> {
  const one = await Greedy.open(address, header);
  if ("word" in one || (await one.hello(person))) return one;
  return await one.ended(STAY_MAX_MS);
}

async function flood(
  name: string,
  people: readonly Person[],
  { address, net }: Ground,
  bytes: (i: number) => Buffer,
): Promise<AttackReport> {
  const startMs = performance.now();
  const endings: Ending[] = [];
  await Promise.all(
    people.map(async (person, i) => {
      while (performance.now() - startMs < plan.ATTACK_MS) {
        const one = await entered(address, fromAddress(net, i), person);
        if (!("word" in one)) one.dialogue.peer.write(bytes(i));
        endings.push("word" in one ? one : await one.ended(STAY_MAX_MS));
        await sleep(FLOOD_AGAIN_MS);
      }
    }),
  );
  return { name, endings };
}

function sendBytes(g: number, i: number, text: string): Buffer {
  return frameBytes({ t: CLIENT_FRAME.send, i, g, n: makeNonce(Date.now()), k: "text", b: { t: text } }, "msgpack");
}

/** Of the largest frame that is allowed, the first half. */
function halfFrame(g: number): Buffer {
  const whole = sendBytes(g, 2, "x".repeat(LIMITS.frameInMaxBytes - 100));
  return whole.subarray(0, whole.length / 2);
}
