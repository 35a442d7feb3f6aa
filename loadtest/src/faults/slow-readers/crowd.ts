import { makePeople, operatorKey } from "../../clients/people.ts";
import { forEach, PING_EVERY_MS } from "../../driver/crowd.ts";
import { type Child, runSource } from "../../processes/child.ts";
import { type OwnGuildhall, startGuildhall } from "../../processes/servers.ts";
import { Latencies } from "../../report/latency.ts";
import { Peer, textIn } from "../peer.ts";
import { requestOf } from "../request.ts";
import type { Surroundings } from "../scenario.ts";
import type { FromReaders, ToReaders } from "./messages.ts";
import { numberIn } from "./numbered.ts";
import { type Pace, Speaker } from "./speaker.ts";
import { Timeline } from "./timeline.ts";

export const READERS = 200;
/** Members who read all the time, in this process, and at whom delivery is measured. */
const OTHERS = 30;
const SERVER_CORE = 0;
const READERS_CORE = 1;
const REQUEST_MAX_MS = 120_000;

export type Crowd = {
  readonly server: OwnGuildhall;
  readonly speaker: Speaker;
  /** Deliveries to the others since it was last reset. */
  readonly delivery: Latencies;
  readonly violations: readonly string[];
  /** Tells people what goes on. */
  say(text: string): void;
  ask<T extends FromReaders = FromReaders>(message: ToReaders): Promise<T>;
};

/** A server, a group in which one person writes, others who read, and a process of readers. */
export async function gather({ closers, env, say }: Surroundings, pace: Pace): Promise<Crowd> {
  const server = await startGuildhall(closers, SERVER_CORE, env);
  const readers: Child = closers.use(
    runSource("loadtest/src/faults/slow-readers/entry.ts", { core: READERS_CORE, env, ipc: true }),
  );
  const ask = <T extends FromReaders>(message: ToReaders): Promise<T> => requestOf(readers, message, REQUEST_MAX_MS);
  const key = await operatorKey(server.api, undefined, server.operatorCode);
  const people = await makePeople(server.api, key, 1 + OTHERS + READERS);

  const delivery = await Latencies.make();
  const timeline = new Timeline();
  const violations: string[] = [];
  let speaker: Speaker | undefined;
  const peers: Peer[] = [];
  closers.defer(() => {
    speaker?.stop();
    for (const peer of peers) peer.socket.destroy();
  });
  await forEach(people.length, async (i) => {
    const person = people[i];
    if (person === undefined) return;
    let last = 0;
    const peer = await Peer.dial(server.url, {
      event(event, atMs) {
        if (last !== 0 && event.s !== last + 1) violations.push(`another member got ${event.s} after ${last}`);
        last = event.s;
        const wrong = timeline.wrong(event);
        if (wrong !== undefined) violations.push(`another member: ${wrong}`);
        const number = numberIn(textIn(event) ?? "");
        if (number !== undefined && speaker !== undefined) delivery.record(atMs - speaker.sentAtMs(number));
      },
      ended: ({ code }) => {
        if (i <= OTHERS) violations.push(`another member was closed with ${code ?? "no code"}`);
      },
    });
    await peer.greet(person);
    peers[i] = peer;
  });
  const [first] = peers;
  if (first === undefined) throw new Error("nobody");
  const g = await first.createGroup("Slow readers");
  await forEach(people.length - 1, async (i) => void (await peers[i + 1]?.command(g, "member.join", {})));
  // The readers connect anew from their own process, as the same devices.
  for (const peer of peers.splice(1 + OTHERS)) peer.socket.destroy();
  await forEach(OTHERS, async (i) => void (await peers[i + 1]?.follow(g)));
  const pings = setInterval(() => {
    for (const peer of peers) peer.member.ping();
  }, PING_EVERY_MS);
  closers.defer(() => clearInterval(pings));
  speaker = new Speaker(first, g, pace);
  await ask({ kind: "start", url: server.url, g, people: people.slice(1 + OTHERS) });
  return { server, speaker, delivery, violations, ask, say: (text) => say(`slow-readers: ${text}`) };
}
