import { makeNonce } from "@guildhall/kernel";
import { CLIENT_FRAME, LIMITS } from "@guildhall/proto/tables";
import { part, ping, pong, text } from "../hostile/bytes.ts";
import type { Dialogue } from "../hostile/dialogue.ts";
import { frameBytes, handshakeLines, head } from "../hostile/dialogue.ts";
import type { Ground } from "../hostile/ground.ts";
import { Peer } from "../hostile/peer.ts";
import { type Siege, within } from "./siege.ts";

const HEARTBEAT_MS = 1_000;
const FRAMES_MAX = 60;
const REFUSED_MAX = 10;
const SENDS_MAX = 10;
const HANDSHAKES_MAX = 150;

/** The limits that are on by default, and a heartbeat short enough to wait for. */
export const STRICT_SETTINGS: Readonly<Record<string, string>> = {
  GATEWAY_HEARTBEAT_MS: String(HEARTBEAT_MS),
  GATEWAY_FRAMES_PER_10_S: String(FRAMES_MAX),
  GATEWAY_FRAMES_REFUSED_PER_MINUTE: String(REFUSED_MAX),
  GATEWAY_SENDS_PER_10_S: String(SENDS_MAX),
  GATEWAY_HANDSHAKES_PER_S: "20",
  GATEWAY_HANDSHAKES_BURST: String(HANDSHAKES_MAX),
};

const FLOOD = 20_000;
const BURST = 50_000;
const ANSWERS_MAX_MS = 15_000;
const END_MAX_MS = HEARTBEAT_MS + LIMITS.heartbeatGraceMs;
/** The sessions are looked at once a second; a busy machine may be late by as much again. */
const LATE_MAX_MS = 3_000;
const STEP_MS = 200;

/** A message that is begun and goes on without an end: closed by the heartbeat, and nothing of it happens. */
const endless =
  (begin: (dialogue: Dialogue) => void, goOn: (dialogue: Dialogue) => void) =>
  async (ground: Ground): Promise<string[]> => {
    const beganMs = performance.now();
    const { dialogue, person } = await ground.greeted("json");
    // The server's time begins when it hears hello: after the first, before the second.
    const greetedMs = performance.now();
    begin(dialogue);
    const timer = setInterval(() => goOn(dialogue), STEP_MS);
    await dialogue.peer.until(() => dialogue.over, END_MAX_MS + LATE_MAX_MS * 2);
    clearInterval(timer);
    const endedMs = performance.now();
    await dialogue.lastWord();
    const words = dialogue.said.join(", ");
    dialogue.peer.hangUp();
    ground.back(person);
    return [
      ...(words === "CLOSE 4002" ? [] : [`"${words}" instead of "CLOSE 4002"`]),
      ...within("time since before hello, ms", endedMs - beganMs, END_MAX_MS, Number.POSITIVE_INFINITY),
      ...within("time since hello, ms", endedMs - greetedMs, 0, END_MAX_MS + LATE_MAX_MS),
    ];
  };

/** Control frames are counted like others. */
const flood =
  (frame: Buffer, answer: string) =>
  async (ground: Ground): Promise<string[]> => {
    const { dialogue, person } = await ground.greeted("json");
    dialogue.peer.write(Buffer.concat(Array.from({ length: FLOOD }, () => frame)));
    await dialogue.peer.until(() => dialogue.over, ANSWERS_MAX_MS);
    await dialogue.lastWord();
    const last = dialogue.said.at(-1);
    const answers = dialogue.said.filter((word) => word === answer).length;
    dialogue.peer.hangUp();
    ground.back(person);
    return [
      ...(last === "CLOSE 4005" ? [] : [`the last word is ${last} instead of CLOSE 4005`]),
      // `hello` was a frame too; a token or two come back meanwhile.
      ...within("answers", answers, answer === "" ? 0 : 1, FRAMES_MAX + REFUSED_MAX + 5),
    ];
  };

/** As many as may be are taken, the others refused, and who goes on is closed. What is answered OK is what happened. */
async function burst(ground: Ground): Promise<string[]> {
  const before = await ground.committed();
  const { dialogue, person } = await ground.greeted("msgpack");
  const frames = Array.from({ length: BURST }, (_, at) =>
    frameBytes(
      {
        t: CLIENT_FRAME.send,
        i: at + 1,
        g: ground.group,
        n: makeNonce(Date.now()),
        k: "text",
        b: { t: `burst ${at}` },
      },
      "msgpack",
    ),
  );
  dialogue.peer.write(Buffer.concat(frames));
  await dialogue.peer.until(() => dialogue.over, ANSWERS_MAX_MS);
  await dialogue.lastWord();
  const count = (word: string): number => dialogue.said.filter((one) => one === word).length;
  const committed = (await ground.committed()) - before;
  dialogue.peer.hangUp();
  ground.back(person);
  return [
    ...(count("CLOSE 4005") === 1 ? [] : [`the last word is ${dialogue.said.at(-1)} instead of CLOSE 4005`]),
    ...within("answers that say OK", count("OK"), 0, SENDS_MAX + 1),
    ...within("messages", committed, count("OK"), SENDS_MAX + 1),
    ...within("refusals", count("ERR RATE_LIMITED"), REFUSED_MAX, FRAMES_MAX + REFUSED_MAX + 5),
  ];
}

/** Another address in a header does not make another client of us. */
async function forwarded(ground: Ground): Promise<string[]> {
  const statuses = await Promise.all(
    Array.from({ length: HANDSHAKES_MAX * 2 }, async (_, at) => {
      const peer = await Peer.open(ground.gateway);
      let heard = "";
      peer.onBytes = (bytes) => {
        heard += bytes.toString("latin1");
      };
      peer.write(head(handshakeLines("json", [`X-Forwarded-For: 198.51.100.${at % 250}`])));
      await peer.until(() => heard.includes("\r\n\r\n") || peer.end !== undefined, ANSWERS_MAX_MS);
      peer.hangUp();
      return heard.slice(9, 12);
    }),
  );
  const refused = statuses.filter((status) => status === "503").length;
  return within("handshakes that were refused", refused, HANDSHAKES_MAX / 3, HANDSHAKES_MAX * 2);
}

/** What limits of rates and the heartbeat are for. One after another where they count the same things. */
export const STRICT_SIEGES: readonly Siege[] = [
  {
    id: "FR14",
    what: "16 KiB announced, one byte sent",
    run: endless(
      (dialogue) => dialogue.peer.write(text("x", { says: 16_384n })),
      () => {},
    ),
  },
  {
    id: "FR16",
    what: "parts of one byte, five a second",
    run: endless(
      (dialogue) => dialogue.peer.write(text("x", { fin: false })),
      (dialogue) => dialogue.peer.write(part("x", { fin: false })),
    ),
  },
  {
    id: "FR18",
    what: "parts without content, without an end, with pings between",
    run: endless(
      (dialogue) => dialogue.peer.write(text("", { fin: false })),
      (dialogue) => {
        dialogue.peer.write(part("", { fin: false }));
        if (Math.random() < 0.1) dialogue.peer.write(pong());
      },
    ),
  },
  {
    id: "FR25",
    what: "a long message, five bytes a second",
    run: endless(
      (dialogue) => dialogue.peer.write(text("", { says: 1_000n })),
      (dialogue) => dialogue.peer.write("x"),
    ),
  },
  {
    id: "FR29",
    what: "nothing at all after hello",
    run: endless(
      () => {},
      () => {},
    ),
  },
  { id: "FR23", what: `${FLOOD} pings at once`, run: flood(ping("flood"), "WEBSOCKET PONG 5") },
  { id: "FR24", what: `${FLOOD} pongs at once`, run: flood(pong("flood"), "") },
  { id: "M32", what: `${BURST} messages at once`, run: burst },
];

/** Last, since it takes every handshake there is. */
export const LAST_STRICT_SIEGE: Siege = { id: "H27", what: "other addresses in X-Forwarded-For", run: forwarded };
