import { makeNonce } from "@guildhall/kernel";
import { CLIENT_FRAME } from "@guildhall/proto/tables";
import { inParts, OP, text } from "../hostile/bytes.ts";
import { Dialogue, frameBytes, helloOf } from "../hostile/dialogue.ts";
import type { Ground } from "../hostile/ground.ts";
import { inLanes } from "../hostile/said.ts";
import { readMetrics } from "../hostile/vitals.ts";
import { type Siege, within } from "./siege.ts";

const LANES = 8;
const ANSWERS_MAX_MS = 15_000;
const SETTLED_MAX_MS = 5_000;
const LOOK_EVERY_MS = 50;
const HELLO_DEADLINE_MS = 5_000;

/** How many: of what is repeated to find what leaks. */
export type Repeats = { readonly resets: number; readonly aborts: number; readonly empties: number };

function message(ground: Ground, t: string): Record<string, unknown> {
  return { t: CLIENT_FRAME.send, i: 1, g: ground.group, n: makeNonce(Date.now()), k: "text", b: { t } };
}
const bytesOf = (frame: Record<string, unknown>): Buffer => frameBytes(frame as never, "json");

const level = async (ground: Ground, series: string): Promise<number> =>
  (await readMetrics(ground)).get(series) ?? Number.NaN;

/** What a level settles at, once it is at most `most` or the time is over. */
async function settled(ground: Ground, series: string, most: number): Promise<number> {
  const endMs = performance.now() + SETTLED_MAX_MS;
  for (;;) {
    const value = await level(ground, series);
    if (value <= most || performance.now() > endMs) return value;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** A frame without a mask is read as if its first four bytes were one: what comes out must not be what went in. */
async function unmasked(ground: Ground): Promise<string[]> {
  const { dialogue, person } = await ground.greeted("json");
  const plain = JSON.stringify({ ...message(ground, "not masked"), t: "send", n: "AAECAwQFBgcICQoLDA0ODw" });
  dialogue.peer.write(text(plain, { masked: false }));
  await dialogue.probe(1_000);
  dialogue.peer.hangUp();
  ground.back(person);
  return dialogue.said.some((word) => word.startsWith("OK")) ? ["it was taken as if it were masked"] : [];
}

/** Everything a byte at a time, and it works. */
async function bytewise(ground: Ground): Promise<string[]> {
  const person = await ground.person();
  const dialogue = await Dialogue.open(ground.gateway, "json");
  await dialogue.peer.writeInSteps(bytesOf({ ...helloOf(person), i: 1 }), 1);
  await dialogue.peer.until(() => dialogue.said.length === 2 || dialogue.over, ANSWERS_MAX_MS);
  await dialogue.peer.writeInSteps(bytesOf(message(ground, "slowly")), 1);
  await dialogue.peer.until(() => dialogue.said.length === 3 || dialogue.over, ANSWERS_MAX_MS);
  const words = dialogue.said.join(", ");
  dialogue.peer.hangUp();
  ground.back(person);
  return words === "WELCOME, OK, OK" ? [] : [`"${words}" instead of "WELCOME, OK, OK"`];
}

/** FIN in the middle of a message: the connection ends, and nothing of it happens. */
async function halfClosed(ground: Ground): Promise<string[]> {
  const before = await level(ground, "guildhall_gateway_connections");
  const { dialogue, person } = await ground.greeted("json");
  dialogue.peer.write(bytesOf(message(ground, "half")).subarray(0, -10));
  dialogue.peer.halfClose();
  await dialogue.peer.until(() => dialogue.over, ANSWERS_MAX_MS);
  const after = await settled(ground, "guildhall_gateway_connections", before + LANES);
  ground.back(person);
  return dialogue.over ? within("connections", after, 0, before + LANES) : ["it stays open"];
}

/** RST in the middle of a message, or of a handshake that has just been answered, again and again. */
const resets =
  (count: number) =>
  async (ground: Ground): Promise<string[]> => {
    const before = await readMetrics(ground);
    await inLanes(
      Array.from({ length: count }, (_, at) => at),
      LANES,
      async (at) => {
        const dialogue = await Dialogue.open(ground.gateway, at % 2 === 0 ? "json" : "msgpack");
        dialogue.peer.write(text("x".repeat(1_000)).subarray(0, 100));
        dialogue.peer.reset();
      },
    );
    const fds = before.get("process_open_fds") ?? 0;
    const connections = before.get("guildhall_gateway_connections") ?? 0;
    return [
      ...within("file descriptors", await settled(ground, "process_open_fds", fds + LANES), 1, fds + LANES),
      ...within(
        "connections",
        await settled(ground, "guildhall_gateway_connections", connections + LANES),
        0,
        connections + LANES,
      ),
    ];
  };

/** Gone while its token is being looked at. */
const aborts =
  (count: number) =>
  async (ground: Ground): Promise<string[]> => {
    const before = await level(ground, "guildhall_gateway_connections");
    await inLanes(Array.from({ length: count }), LANES, async () => {
      const person = await ground.person();
      const dialogue = await Dialogue.open(ground.gateway, "json");
      dialogue.peer.write(bytesOf({ ...helloOf(person), i: 1 }));
      await new Promise((resolve) => setImmediate(resolve));
      dialogue.peer.reset();
      ground.back(person);
    });
    return within(
      "connections",
      await settled(ground, "guildhall_gateway_connections", before + LANES),
      0,
      before + LANES,
    );
  };

/** Parts without content cost what reading them costs. */
const emptyParts =
  (messages: number) =>
  async (ground: Ground): Promise<string[]> => {
    const PARTS = 10_000;
    const { dialogue, person } = await ground.greeted("json");
    const bytes = inParts(OP.text, [...Array<string>(PARTS).fill(""), '{"t":"ping"}']);
    const before = await level(ground, "process_cpu_seconds_total");
    for (let sent = 0; sent < messages; sent++) {
      dialogue.peer.write(bytes);
      await dialogue.peer.until(() => dialogue.said.length > sent || dialogue.over, ANSWERS_MAX_MS);
    }
    const cpuMs = ((await level(ground, "process_cpu_seconds_total")) - before) * 1_000;
    const answered = dialogue.said.filter((word) => word === "PONG").length;
    dialogue.peer.hangUp();
    ground.back(person);
    return [...within("answers", answered, messages, messages), ...within("CPU ms a message", cpuMs / messages, 0, 50)];
  };

/** More questions at once than may be in flight: each is answered, with what it asks for or that it is one too many. */
async function manyInFlight(ground: Ground): Promise<string[]> {
  const COUNT = 2_000;
  const { dialogue, person } = await ground.greeted("json");
  const question = (i: number) => text(`{"t":"ask","i":${i},"m":"people.get","a":{"u":[1]}}`);
  dialogue.peer.write(Buffer.concat(Array.from({ length: COUNT }, (_, at) => question(at + 1))));
  await dialogue.peer.until(() => dialogue.said.length >= COUNT || dialogue.over, ANSWERS_MAX_MS);
  const [ok, limited] = ["OK", "ERR RATE_LIMITED"].map((word) => dialogue.said.filter((one) => one === word).length);
  dialogue.peer.hangUp();
  ground.back(person);
  return [
    ...within("answers", (ok ?? 0) + (limited ?? 0), COUNT, COUNT),
    ...within("answers that say OK", ok ?? 0, 64, COUNT),
  ];
}

/** Silence after the handshake, and a message that never ends before `hello`. */
const silent =
  (send: (dialogue: Dialogue) => void) =>
  async (ground: Ground): Promise<string[]> => {
    const startedMs = performance.now();
    const dialogue = await Dialogue.open(ground.gateway, "json");
    send(dialogue);
    await dialogue.peer.until(() => dialogue.over, HELLO_DEADLINE_MS * 3);
    await dialogue.lastWord();
    const tookMs = performance.now() - startedMs;
    const words = dialogue.said.join(", ");
    dialogue.peer.hangUp();
    return [
      ...(words === "CLOSE 4401" ? [] : [`"${words}" instead of "CLOSE 4401"`]),
      // A quarter of a second between two looks, and as much for a busy machine.
      ...within("time, ms", tookMs, HELLO_DEADLINE_MS - 50, HELLO_DEADLINE_MS + 1_000),
    ];
  };

/** What a server without limits of rates must bear. */
export function freeSieges({ resets: resetCount, aborts: abortCount, empties }: Repeats): readonly Siege[] {
  return [
    { id: "FR1", what: "a frame that is not masked", run: unmasked },
    { id: "FR25", what: "everything a byte at a time", commits: 1, run: bytewise },
    { id: "FR26", what: "FIN in the middle of a message", run: halfClosed },
    { id: "FR27", what: `RST in the middle of a message, ${resetCount} times`, run: resets(resetCount) },
    { id: "H26", what: `gone before hello is answered, ${abortCount} times`, run: aborts(abortCount) },
    { id: "FR15", what: `10,000 parts without content, ${empties} times`, run: emptyParts(empties) },
    { id: "M36", what: "2,000 questions at once", run: manyInFlight },
  ];
}

/** Those that take as long as the hello deadline. */
export const SILENT_SIEGES: readonly Siege[] = [
  { id: "H25", what: "silence after the handshake", run: silent(() => {}) },
  {
    id: "FR14",
    what: "before hello: 16 KiB announced, one byte sent",
    run: silent((dialogue) => dialogue.peer.write(text("x", { says: 16_384n }))),
  },
  {
    id: "FR18",
    what: "before hello: a message without an end",
    run: silent((dialogue) => dialogue.peer.write(text("x", { fin: false }))),
  },
];
