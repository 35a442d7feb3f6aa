import { makeNonce, toBase64Url } from "@guildhall/kernel";
import type { ClientFrame } from "@guildhall/proto";
import { text } from "../hostile/bytes.ts";
import { frameBytes, helloOf } from "../hostile/dialogue.ts";
import type { Scene, SocketCase } from "../hostile/socket-case.ts";

const ARGS = "ERR BAD_ARGS";
const GONE = "ERR NOT_FOUND";
const HOUR_MS = 3_600_000;
/** A group, a person and a seq that nobody has. */
const NOBODY = 4_503_599_627_370_495;
const FAR = 9_000_000_000;

type Fields = Readonly<Record<string, unknown>>;
type Row = readonly [id: string, what: string, frame: (scene: Scene) => Fields, expect: string];

const nonce = (atMs = Date.now()): string => toBase64Url(makeNonce(atMs));
const send =
  (more: Fields): Row[2] =>
  ({ ground }) => ({ t: "send", i: 1, g: ground.group, n: nonce(), k: "text", b: { t: "x" }, ...more });
const cmd =
  (m: string, a: Fields, more: Fields = {}): Row[2] =>
  ({ ground }) => ({ t: "cmd", i: 1, g: ground.group, n: nonce(), m, a, ...more });
const ask =
  (m: string, a: Fields, more: Fields = {}): Row[2] =>
  () => ({ t: "ask", i: 1, m, a, ...more });
const create =
  (name: string): Row[2] =>
  () => ({ t: "ask", i: 1, n: nonce(), m: "group.create", a: { name, category: "study" } });
const sub =
  (more: (scene: Scene) => Fields): Row[2] =>
  (scene) => ({ t: "sub", i: 1, g: [scene.ground.group], mode: 1, ...more(scene) });

const TEXTS: readonly Row[] = [
  ["M11", "4,001 characters", send({ b: { t: "x".repeat(4_001) } }), "ERR TOO_LARGE"],
  ["M11", "12 KiB and a byte, of long characters", send({ b: { t: `${"𝄞".repeat(3_072)}x` } }), "ERR TOO_LARGE"],
  ["M12", "no text", send({ b: { t: "" } }), ARGS],
  ["M12", "white space", send({ b: { t: " \t\n\u3000\u200b ".replace("\u200b", "") } }), ARGS],
  ["M12", "no body", ({ ground }) => ({ t: "send", i: 1, g: ground.group, n: nonce(), k: "text" }), ARGS],
  ["M23", "attachments, which there are none of", send({ b: { t: "x", files: [1, 2] } }), ARGS],
  ["M24", "keys of ours in the body", send({ b: { t: "x", sender: 1, seq: 1, role: "owner", ts: 0, _id: 1 } }), ARGS],
  ["M24", "keys of ours among arguments", cmd("msg.recall", { s: 1, tenant: 1 }), ARGS],
  ["M7", "a kind nobody knows", send({ k: "toString" }), ARGS],
  ["M7", "a kind of our own", send({ k: "member.join" }), ARGS],
];

const NAMES: readonly Row[] = [
  ["M10", "NUL in a name", create("a\u0000b"), "ERR BAD_FRAME"],
  ["M10", "a control character in a name", create("a\u0007b"), ARGS],
  ["M10", "a C1 control in a name", create("a\u0085b"), ARGS],
  ["M10", "a line break in a name", create('x\n{"level":"fatal"}'), ARGS],
  ["M10", "a name that turns the text round", create("a\u202eb"), ARGS],
  ["M10", "a name of 81 characters", create("x".repeat(81)), ARGS],
  ["M10", "no name", create(""), ARGS],
  ["M10", "a name of white space", create("   "), ARGS],
];

const NONCES: readonly Row[] = [
  ["M13", "no nonce", ({ ground }) => ({ t: "send", i: 1, g: ground.group, k: "text", b: { t: "x" } }), ARGS],
  ...[
    "",
    "x",
    "x".repeat(65),
    "a.b*c>d e",
    "a\r\nb",
    "AAECAwQFBgcICQoLDA0OD",
    "AAECAwQFBgcICQoLDA0ODw==",
    "AAECAwQFBgcICQoLDA0OD!",
  ].map((n): Row => ["M13", `${JSON.stringify(n.slice(0, 24))} as a nonce`, send({ n }), ARGS]),
  ["M16", "a nonce of 25 hours ago", send({ n: nonce(Date.now() - 25 * HOUR_MS) }), "ERR STALE_NONCE"],
  ["M16", "a nonce of the hour to come", send({ n: nonce(Date.now() + HOUR_MS) }), ARGS],
];

const PLACES: readonly Row[] = [
  ...["x.y", "*", ">", "a/b", "..", "%2e%2e", "x".repeat(300), "", null, {}, [], true].map(
    (g): Row => ["M14", `${JSON.stringify(g).slice(0, 24)} as a group`, send({ g }), ARGS],
  ),
  ["M14", "a group of 0", send({ g: 0 }), ARGS],
  ["M14", "a group that does not exist", send({ g: NOBODY }), GONE],
  ["M17", "a reply to a seq to come", send({ re: FAR }), GONE],
  ["M17", "a reply to 0", send({ re: 0 }), ARGS],
  ["M17", "a reply to a negative seq", send({ re: -1 }), ARGS],
  ["M17", "a reply to a fraction", send({ re: 1.5 }), ARGS],
  ["M17", "a reply to text", send({ re: "1" }), ARGS],
  ["M17", "an edit of a seq to come", cmd("msg.edit", { s: FAR, b: { t: "y" } }), GONE],
  ["M17", "an edit of what is no message", cmd("msg.edit", { s: 1, b: { t: "y" } }), GONE],
  ["M17", "an edit in a group of others", cmd("msg.edit", { s: 1, b: { t: "y" } }, { g: NOBODY }), GONE],
  ["M17", "a recall of a seq to come", cmd("msg.recall", { s: FAR }), GONE],
  ["M17", "a reaction to a seq to come", cmd("msg.react", { s: FAR, r: "👍", on: true }), GONE],
  ["M17", "a reaction to a negative seq", cmd("msg.react", { s: -1, r: "👍", on: true }), ARGS],
  ["M20", "a subscription to a group of others", sub(() => ({ g: [NOBODY] })), "OK [NOT_FOUND]"],
  ["M20", "history of a group of others", () => ({ t: "get", i: 1, g: NOBODY, before: 10, lim: 5 }), GONE],
  ["M20", "members of a group of others", ask("members.page", { g: NOBODY }), GONE],
  ["M21", "51 mentions", send({ mn: Array.from({ length: 51 }, (_, at) => at + 1) }), ARGS],
  ["M21", "a mention of everybody without the right", send({ mn: "all" }), "ERR FORBIDDEN"],
  ["M21", "a mention of a text", send({ mn: ["ann"] }), ARGS],
  ["M22", "a reaction of 17 characters", cmd("msg.react", { s: 1, r: "x".repeat(17), on: true }), ARGS],
  ["M22", "a reaction of none", cmd("msg.react", { s: 1, r: "", on: true }), ARGS],
  ["M22", "a reaction of 1 MiB", cmd("msg.react", { s: 1, r: "x".repeat(1_048_576), on: true }), "DROP"],
];

const CURSORS: readonly Row[] = [
  ["M18", "a negative cursor", sub(({ ground }) => ({ cur: [[ground.group, 0, 1, -1]] })), ARGS],
  ["M18", "a cursor of a fraction", sub(({ ground }) => ({ cur: [[ground.group, 0, 1, 0.5]] })), ARGS],
  ["M18", "a cursor of three", sub(({ ground }) => ({ cur: [[ground.group, 0, 1]] })), ARGS],
  ["M18", "a cursor beyond the head", sub(({ ground }) => ({ cur: [[ground.group, 0, 1, FAR]] })), "GAP, OK [gap]"],
  ["M18", "a cursor of another epoch", sub(({ ground }) => ({ cur: [[ground.group, 0, 7, 1]] })), "GAP, OK [gap]"],
  ["M18", "a cursor of another group", sub(() => ({ cur: [[NOBODY, 0, 1, 1]] })), "OK"],
  ["M19", "513 groups", sub(() => ({ g: Array.from({ length: 513 }, (_, at) => NOBODY - at) })), ARGS],
  ["M19", "1,100 groups", sub(() => ({ g: Array(1_100).fill(1) })), "ERR TOO_LARGE"],
  ["M19", "10,000 groups", sub(() => ({ g: Array(10_000).fill(NOBODY) })), "DROP"],
  ["M19", "one group 512 times", sub(({ ground }) => ({ g: Array(512).fill(ground.group) })), "OK"],
  ["M33", "a read mark without a subscription", ({ ground }) => ({ t: "read", g: ground.group, s: 1 }), GONE],
  ["M33", "a negative read mark", ({ ground }) => ({ t: "read", g: ground.group, s: -1 }), ARGS],
  ["M33", "typing without a subscription", ({ ground }) => ({ t: "eph", g: ground.group, k: "typing" }), GONE],
  ["M33", "another kind of doing", ({ ground }) => ({ t: "eph", g: ground.group, k: "__proto__" }), "ERR UNSUPPORTED"],
  ["M25", "a second hello", ({ person }) => ({ ...helloOf(person), i: 1, t: "hello", dev: person.dev }), ARGS],
];

function single([id, what, frame, expect]: Row): SocketCase {
  return { id, what, send: (scene) => [text(JSON.stringify(frame(scene)))], expect };
}

const frames = (...all: readonly Fields[]): Buffer => Buffer.concat(all.map((one) => text(JSON.stringify(one))));

const SEQUENCES: readonly SocketCase[] = [
  {
    id: "M15",
    what: "a nonce used for two texts, and then repeated",
    send: (scene) => {
      const first = send({ b: { t: "first" } })(scene);
      const again = { ...first, i: 3, rt: 1 };
      return [frames(first, { ...first, i: 2, b: { t: "other" } }, again)];
    },
    expect: "OK, ERR CONFLICT, OK",
    commits: 1,
  },
  {
    id: "M25",
    what: "renewing as somebody else",
    send: async ({ ground }) => {
      const other = await ground.person();
      ground.back(other);
      return [frames({ t: "auth", i: 1, tok: other.access })];
    },
    expect: "CLOSE 4401",
  },
  {
    id: "M33",
    what: "a read mark beyond the head, and one behind it",
    send: (scene) => [
      frames(sub(() => ({}))(scene)),
      { words: 1 },
      frames({ t: "read", g: scene.ground.group, s: FAR }, { t: "read", g: scene.ground.group, s: 1 }),
    ],
    expect: "OK",
  },
  {
    id: "M33",
    what: "typing fifty times",
    send: (scene) => [
      frames(sub(() => ({}))(scene)),
      { words: 1 },
      frames(...Array.from({ length: 50 }, () => ({ t: "eph", g: scene.ground.group, k: "typing" }))),
    ],
    expect: "OK",
  },
  {
    id: "M36",
    what: "a request number that is in flight already",
    send: [frames(...Array.from({ length: 3 }, () => ({ t: "ask", i: 5, m: "people.get", a: { u: [NOBODY] } })))],
    expect: "OK, OK, OK",
  },
  ...["ping", "sub", "send", "cmd", "get", "ask", "read", "eph", "auth", "unsub"].map(
    (t): SocketCase => ({
      id: "M26",
      what: `${t} before hello`,
      greeted: false,
      send: (scene) => [text(JSON.stringify(BEFORE_HELLO[t]?.(scene) ?? { t }))],
      expect: "CLOSE 4401",
    }),
  ),
  {
    id: "M26",
    what: "a frame between hello and its answer",
    greeted: false,
    send: ({ person, ground }) => [
      Buffer.concat([
        frameBytes({ ...helloOf(person), i: 1 } as unknown as ClientFrame, "json"),
        text(JSON.stringify(send({})({ person, ground }))),
      ]),
    ],
    expect: "CLOSE 4401",
  },
];

const BEFORE_HELLO: Readonly<Record<string, Row[2]>> = {
  sub: sub(() => ({})),
  send: send({}),
  cmd: cmd("member.leave", {}),
  get: ({ ground }) => ({ t: "get", i: 1, g: ground.group, before: 10, lim: 5 }),
  ask: ask("people.get", { u: [] }),
  read: ({ ground }) => ({ t: "read", g: ground.group, s: 1 }),
  eph: ({ ground }) => ({ t: "eph", g: ground.group, k: "typing" }),
  auth: ({ person }) => ({ t: "auth", i: 1, tok: person.access }),
  unsub: ({ ground }) => ({ t: "unsub", g: [ground.group] }),
};

/** Good frames that ask for what cannot be, or may not be. */
export const COMMAND_CASES: readonly SocketCase[] = [
  ...[...TEXTS, ...NAMES, ...NONCES, ...PLACES, ...CURSORS].map(single),
  ...SEQUENCES,
];
