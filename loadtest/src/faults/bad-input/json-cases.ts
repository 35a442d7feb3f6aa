import { binary, text } from "../hostile/bytes.ts";
import type { SocketCase } from "../hostile/socket-case.ts";

const BAD = "ERR BAD_FRAME";
const ARGS = "ERR BAD_ARGS";
const UNKNOWN = "ERR UNKNOWN_METHOD";
const LARGE = "ERR TOO_LARGE";

type Row = readonly [id: string, what: string, frame: string | Uint8Array, expect: string];

const nested = (depth: number): string => `${"[".repeat(depth)}${"]".repeat(depth)}`;
const keys = (count: number): string => Array.from({ length: count }, (_, at) => `"k${at}":1`).join(",");
/** A question that needs nothing but a good number in `u`. */
const asking = (u: string): string => `{"t":"ask","i":1,"m":"people.get","a":{"u":[${u}]}}`;
const typed = (t: string): string => `{"t":${t},"i":1}`;

const ROWS: readonly Row[] = [
  ["M1", "half an object", "{", BAD],
  ["M1", "a list", "[]", BAD],
  ["M1", "a string", '"x"', BAD],
  ["M1", "a number", "1", BAD],
  ["M1", "null", "null", BAD],
  ["FR30", "nothing", "", BAD],
  ["M1", "white space", " \n", BAD],
  ["M1", "two objects", '{"t":"ping"}{"t":"ping"}', BAD],
  ["M1", "a comma at the end", '{"t":"ping",}', BAD],
  ["M1", "single quotes", "{'t':'ping'}", BAD],
  ["M1", "a comment", '{"t":"ping"/*x*/}', BAD],
  ["M1", "no type", '{"i":1}', ARGS],
  ["M2", "a byte order mark", '\ufeff{"t":"ping"}', BAD],
  ["M3", "nine levels", `{"t":"ping","x":${nested(8)}}`, BAD],
  ["M3", "eight levels", `{"t":"ping","x":${nested(7)}}`, "PONG"],
  ["M3", "8,000 levels", nested(8_000), BAD],
  ["M3", "8,000 levels of objects", '{"x":'.repeat(3_000), BAD],
  ["M3", "65,000 levels", nested(65_000), "DROP"],
  ["M4", "65 keys", `{"t":"ping",${keys(64)}}`, LARGE],
  ["M4", "64 keys", `{"t":"ping",${keys(63)}}`, "PONG"],
  ["M4", "1,800 keys", `{"t":"ping","x":{${keys(1_800)}}}`, LARGE],
  ["M4", "1,025 items", `{"t":"ping","x":[${Array(1_025).fill(1).join()}]}`, LARGE],
  [
    "M4",
    "3,000 values",
    `{"t":"ping","x":[${Array(4)
      .fill(`[${Array(750).fill(1).join()}]`)
      .join()}]}`,
    LARGE,
  ],
  ["M5", "a key twice", '{"t":"ping","t":"send"}', BAD],
  ["M5", "a key twice, once in disguise", '{"t":"ping","\\u0074":"send"}', BAD],
  ["M5", "a key twice inside", '{"t":"ping","x":{"a":1,"a":2}}', BAD],
  ...["__proto__", "constructor", "prototype"].flatMap((key): Row[] => [
    ["M6", `${key} as a key`, `{"t":"ping","${key}":{"admin":true}}`, BAD],
    ["M6", `${key} as a key inside`, `{"t":"ask","i":1,"m":"people.get","a":{"u":[],"${key}":{}}}`, BAD],
    ["M6", `${key} as a method`, `{"t":"ask","i":1,"m":"${key}","a":{}}`, UNKNOWN],
    ["M7", `${key} as a type`, typed(`"${key}"`), UNKNOWN],
  ]),
  ["M6", "__proto__ in disguise", '{"t":"ping","\\u005f_proto__":{"admin":true}}', BAD],
  ["M6", "hasOwnProperty as a key", '{"t":"ping","hasOwnProperty":1}', "PONG"],
  ["M6", "hasOwnProperty among arguments", '{"t":"ask","i":1,"m":"people.get","a":{"u":[],"hasOwnProperty":1}}', ARGS],
  ["M6", "toString as a method", '{"t":"ask","i":1,"m":"toString","a":{}}', UNKNOWN],
  ["M7", "a list as a type", typed("[]"), UNKNOWN],
  ["M7", "an object as a type", typed("{}"), UNKNOWN],
  ["M7", "the number of a type where names are spoken", typed("11"), UNKNOWN],
  ["M7", "the name of a method of Object", typed('"toString"'), UNKNOWN],
  ["M7", "a type in capitals", typed('"PING"'), UNKNOWN],
  ["M7", "a type of the server", typed('"ok"'), UNKNOWN],
  ["M7", "a type that is null", typed("null"), UNKNOWN],
  ["M7", "an unknown command", '{"t":"cmd","i":1,"g":1,"n":"AAECAwQFBgcICQoLDA0ODw","m":"none","a":{}}', UNKNOWN],
  [
    "M7",
    "a command of our own services",
    '{"t":"cmd","i":1,"g":1,"n":"AAECAwQFBgcICQoLDA0ODw","m":"person.create","a":{}}',
    UNKNOWN,
  ],
  ["M7", "a question of our own services", '{"t":"ask","i":1,"m":"person.secret","a":{}}', UNKNOWN],
  ["M8", "a number beyond all bounds", asking("1e400"), BAD],
  ["M8", "minus nothing", asking("-0"), BAD],
  ["M8", "a number that is rounded", asking("9007199254740993"), BAD],
  ["M8", "the largest number there is, and one", asking("9007199254740992"), BAD],
  ["M8", "NaN", asking("NaN"), BAD],
  ["M8", "Infinity", asking("Infinity"), BAD],
  ["M8", "a leading zero", asking("01"), BAD],
  ["M8", "hexadecimal", asking("0x10"), BAD],
  ["M8", "a plus", asking("+1"), BAD],
  ["M8", "a fraction", asking("1.5"), ARGS],
  ["M8", "a negative id", asking("-1"), ARGS],
  ["M8", "nought", asking("0"), ARGS],
  ["M8", "an id as text", asking('"1"'), ARGS],
  ["M8", "a whole number with an exponent", asking("1e2"), "OK"],
  ["M8", "a request number of nought", '{"t":"ask","i":0,"m":"people.get","a":{"u":[]}}', ARGS],
  ["M8", "a request number of 33 bits", '{"t":"ask","i":4294967296,"m":"people.get","a":{"u":[]}}', ARGS],
  ["M9", "half a surrogate pair, the first", '{"t":"none","x":"\\ud800"}', BAD],
  ["M9", "half a surrogate pair, the second", '{"t":"none","x":"\\udc00"}', BAD],
  ["M9", "a pair the wrong way round", '{"t":"none","x":"\\udc00\\ud800"}', BAD],
  ["M9", "half a pair in a key", '{"t":"none","\\ud800":1}', BAD],
  ["M9", "a whole pair", '{"t":"none","x":"\\ud83d\\ude00"}', UNKNOWN],
  ["M10", "NUL in a text", '{"t":"none","x":"a\\u0000b"}', BAD],
  ["M10", "a control character as it is", '{"t":"none","x":"a\u0001b"}', BAD],
  ["M10", "a line break as it is", '{"t":"none","x":"a\nb"}', BAD],
  ["FR10", "16 KiB and a byte", `{"t":"ping","x":"${"x".repeat(16_384 - 16)}"}`, LARGE],
  ["FR11", "more than the WebSocket takes", `{"t":"ping","x":"${"x".repeat(33_000)}"}`, "DROP"],
];

/** JSON that is none, or says what nobody may say. */
export const JSON_CASES: readonly SocketCase[] = [
  ...ROWS.map(([id, what, frame, expect]) => ({ id, what, send: [text(frame)], expect })),
  {
    id: "M1",
    what: "three frames that cannot be read",
    send: [text("{"), text("{"), text("{")],
    expect: `${BAD}, ${BAD}, ${BAD}, CLOSE 4400`,
  },
  {
    id: "M1",
    what: "three frames that cannot be read in one write, and a good one",
    send: [Buffer.concat([text("{"), text("{"), text("{"), text('{"t":"ping"}')])],
    expect: `${BAD}, ${BAD}, ${BAD}, CLOSE 4400`,
  },
  {
    id: "FR10",
    what: "three frames that are too large",
    send: Array.from({ length: 3 }, () => text("x".repeat(16_385))),
    expect: `${LARGE}, ${LARGE}, ${LARGE}, CLOSE 4400`,
  },
  {
    id: "M7",
    what: "four unknown types: no strikes",
    send: [Buffer.concat(Array.from({ length: 4 }, () => text(typed('"dance"'))))],
    expect: `${UNKNOWN}, ${UNKNOWN}, ${UNKNOWN}, ${UNKNOWN}`,
  },
  { id: "M31", what: "JSON in a binary frame", send: [binary('{"t":"ping"}')], expect: BAD },
  {
    id: "M31",
    what: "MessagePack in a text frame",
    send: [text(Buffer.from([0x81, 0xa1, 0x74, 0x0b]))],
    expect: "DROP",
  },
  {
    id: "M31",
    what: "JSON where MessagePack is spoken",
    encoding: "msgpack",
    send: [binary('{"t":"ping"}')],
    expect: BAD,
  },
  {
    id: "M31",
    what: "a text frame where MessagePack is spoken",
    encoding: "msgpack",
    send: [text('{"t":"ping"}')],
    expect: BAD,
  },
];
