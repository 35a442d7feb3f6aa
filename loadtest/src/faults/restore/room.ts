import { makeNonce } from "@guildhall/kernel";
import { CLIENT_FRAME, type Committed, type Event, type HelloFrame, type Page } from "@guildhall/proto";
import { until } from "@guildhall/testkit";
import type { Person } from "../../driver/messages.ts";
import { runningCluster } from "../../processes/cluster.ts";
import { Peer, type PeerHooks, textIn } from "../peer.ts";

const PAGE_MAX = 100;

/** What a group is: its epoch, its head and every event of it that is a message, by its seq. */
export type Known = { readonly ep: number; readonly head: number; readonly texts: ReadonlyMap<number, string> };

/** Speaks one after another; resolves with the seq each was answered with. */
export async function speak(person: Person, g: number, texts: readonly string[]): Promise<Map<number, string>> {
  const peer = await dialled(person);
  const placed = new Map<number, string>();
  for (const text of texts) placed.set((await said(peer, g, text)).s, text);
  peer.socket.destroy();
  return placed;
}

/** Reads the group from 1 to its end. */
export async function read(person: Person, g: number): Promise<Known> {
  const peer = await dialled(person);
  const { ep, s: head } = await peer.follow(g);
  const events: Event[] = [];
  for (let a = 1; a <= head; a += PAGE_MAX) {
    const z = Math.min(head, a + PAGE_MAX - 1);
    const page = (await peer.member.ask((i) => ({ t: CLIENT_FRAME.get, i, g, a, z }))) as Page;
    events.push(...page.e);
  }
  peer.socket.destroy();
  if (events.length !== head || events.some(({ s }, at) => s !== at + 1))
    throw new Error(`a page has ${events.map(({ s }) => s).join(" ")}, not each of 1 to ${head}`);
  return { ep, head, texts: new Map(events.flatMap((event) => pairOf(event))) };
}

/** Whether somebody who comes with this cursor is told of a gap within `maxMs`, and is sent no event before. */
export async function isToldOfGap(person: Person, g: number, ep: number, s: number, maxMs: number): Promise<boolean> {
  let first: "gap" | "event" | undefined;
  const hooks = {
    gap: () => {
      first ??= "gap";
    },
    event: () => {
      first ??= "event";
    },
  };
  const peer = await dialled(person, hooks, { cur: [[g, 0, ep, s]], act: [g] });
  await until(() => first !== undefined, maxMs).catch(() => {});
  peer.socket.destroy();
  return first === "gap";
}

async function dialled(
  person: Person,
  hooks: PeerHooks = {},
  resume: Pick<HelloFrame, "cur" | "act"> = {},
): Promise<Peer> {
  const [gateway] = (await runningCluster()).gateways;
  const peer = await Peer.dial(gateway?.url ?? "", hooks);
  await peer.greet(person, resume);
  return peer;
}

async function said(peer: Peer, g: number, t: string): Promise<Committed> {
  const n = makeNonce(Date.now());
  return (await peer.member.ask((i) => ({ t: CLIENT_FRAME.send, i, g, n, k: "text", b: { t } }))) as Committed;
}

export async function newGroup(person: Person): Promise<number> {
  const peer = await dialled(person);
  const g = await peer.createGroup("Restored");
  peer.socket.destroy();
  return g;
}

function pairOf(event: Event): [number, string][] {
  const text = textIn(event);
  return text === undefined ? [] : [[event.s, text]];
}
