import { pack } from "@guildhall/wire";
import { binary } from "../hostile/bytes.ts";
import type { SocketCase } from "../hostile/socket-case.ts";

const BAD = "ERR BAD_FRAME";
const ARGS = "ERR BAD_ARGS";
const LARGE = "ERR TOO_LARGE";
const UNKNOWN = "ERR UNKNOWN_METHOD";

type Row = readonly [id: string, what: string, bytes: readonly number[], expect: string];

/** `{"t": 11, "x": …}`: a ping with something else in it. */
const pingWith = (...value: readonly number[]): number[] => [0x82, 0xa1, 0x74, 0x0b, 0xa1, 0x78, ...value];
/** `{"t": 11, …: 1}`: with another key. */
const pingKey = (...key: readonly number[]): number[] => [0x82, 0xa1, 0x74, 0x0b, ...key, 0x01];
const chars = (value: string): number[] => [...Buffer.from(value)];
const str = (value: string): number[] => [0xa0 | value.length, ...chars(value)];
const many = (count: number, ...bytes: readonly number[]): number[] =>
  Array.from({ length: count }, () => bytes).flat();
/** A question about people, with these bytes where an id belongs. */
const asking = (...id: readonly number[]): number[] => {
  const frame = [...pack({ t: 7, i: 1, m: "people.get", a: { u: [0x7f] } })];
  return [...frame.slice(0, -1), ...id];
};

const ROWS: readonly Row[] = [
  ["M27", "the byte that is never used", [0xc1], BAD],
  ["M27", "the byte that is never used, inside", pingWith(0xc1), BAD],
  ["M27", "a text cut short", [0x81, 0xd9, 0xff, 0x61], BAD],
  ["M27", "a map cut short", [0x81], BAD],
  ["FR30", "nothing", [], BAD],
  ["M27", "a list that announces 2^32 items", [0xdd, 0xff, 0xff, 0xff, 0xff], LARGE],
  ["M27", "a map that announces 2^32 keys", [0xdf, 0xff, 0xff, 0xff, 0xff], LARGE],
  ["M27", "a list of 2^32 items inside", pingWith(0xdd, 0xff, 0xff, 0xff, 0xff), LARGE],
  ["M27", "bytes that announce 4 GiB", pingWith(0xc6, 0xff, 0xff, 0xff, 0xff), LARGE],
  ["M27", "a text that announces 4 GiB", pingWith(0xdb, 0xff, 0xff, 0xff, 0xff), LARGE],
  ["M27", "an extension of 2 GiB", pingWith(0xc9, 0x7f, 0xff, 0xff, 0xff, 1), BAD],
  ["M27", "a time as an extension", pingWith(0xd6, 0xff, 0, 0, 0, 0), BAD],
  ["M27", "an extension of one byte", pingWith(0xd4, 1, 0), BAD],
  ["M27", "bytes as the type", [0x81, 0xa1, 0x74, 0xc4, 1, 0x0b], UNKNOWN],
  ["M27", "bytes as a method", [...pack({ t: 7, i: 1, m: new Uint8Array([112]), a: {} })], ARGS],
  ["M28", "nine levels", pingWith(...many(8, 0x91), 1), BAD],
  ["M28", "eight levels", pingWith(...many(7, 0x91), 1), "PONG"],
  ["M28", "16,000 levels", many(16_000, 0x91), BAD],
  ["M28", "16,000 levels of maps", many(5_000, 0x81, 0xa1, 0x61), BAD],
  ["M28", "65,000 levels", many(65_000, 0x91), "DROP"],
  ["M29", "text that is no UTF-8", pingWith(0xa2, 0xff, 0xfe), BAD],
  ["M29", "a surrogate in UTF-8", pingWith(0xa3, 0xed, 0xa0, 0x80), BAD],
  ["M29", "longer UTF-8 than need be", pingWith(0xa2, 0xc0, 0xaf), BAD],
  ["M29", "NUL in a text", pingWith(0xa1, 0), BAD],
  ["M29", "a number as a key", pingKey(1), BAD],
  ["M29", "a list as a key", pingKey(0x90), BAD],
  ["M29", "nil as a key", pingKey(0xc0), BAD],
  ["M29", "bytes as a key", pingKey(0xc4, 1, 0x61), BAD],
  ["M29", "a key twice", [0x82, 0xa1, 0x74, 0x0b, 0xa1, 0x74, 0x04], BAD],
  ["M29", "a key twice, in another form", [0x82, 0xa1, 0x74, 0x0b, 0xd9, 1, 0x74, 0x04], BAD],
  ["M29", "__proto__ as a key", pingKey(...str("__proto__")), BAD],
  ["M29", "constructor as a key", pingKey(...str("constructor")), BAD],
  ["M29", "prototype as a key", pingKey(...str("prototype")), BAD],
  ["M29", "the largest number of 64 bits", asking(0xcf, ...many(8, 0xff)), BAD],
  ["M29", "the least number of 64 bits", asking(0xd3, 0x80, ...many(7, 0)), BAD],
  ["M29", "2^53 as an id", asking(0xcf, 0, 0x20, 0, 0, 0, 0, 0, 0), BAD],
  ["M29", "2^53 - 1 as an id", asking(0xcf, 0, 0x1f, ...many(6, 0xff)), "OK"],
  ["M29", "NaN", asking(0xcb, 0x7f, 0xf8, ...many(6, 0)), BAD],
  ["M29", "infinity", asking(0xcb, 0x7f, 0xf0, ...many(6, 0)), BAD],
  ["M29", "minus nothing", asking(0xcb, 0x80, ...many(7, 0)), BAD],
  ["M29", "a fraction as an id", asking(0xcb, 0x3f, 0xf8, ...many(6, 0)), ARGS],
  ["M29", "a negative id", asking(0xff), ARGS],
  ["M29", "nil as an id", asking(0xc0), ARGS],
  ["M29", "text as an id", asking(0xa1, 0x31), ARGS],
  ["M29", "bytes behind the frame", [0x81, 0xa1, 0x74, 0x0b, 0xc0], BAD],
  ["M29", "two frames in one", [0x81, 0xa1, 0x74, 0x0b, 0x81, 0xa1, 0x74, 0x0b], BAD],
  ["M30", "32,768 empty maps", [0xdc, 0x80, 0, ...many(32_765, 0x80)], LARGE],
  ["M30", "16,000 empty maps", [0xdc, 0x3e, 0x80, ...many(16_000, 0x80)], LARGE],
  ["M30", "3,000 values in lists of 750", pingWith(0x94, ...many(4, 0xdc, 0x02, 0xee, ...many(750, 1))), LARGE],
  ["M4", "1,025 items", pingWith(0xdc, 0x04, 0x01, ...many(1_025, 1)), LARGE],
  ["M4", "65 keys", pingWith(0xde, 0, 65, ...many(65, 0xa1, 0x61, 1)), LARGE],
  ["M1", "a list", [0x90], BAD],
  ["M1", "nil", [0xc0], BAD],
  ["M1", "no type", [0x81, 0xa1, 0x69, 0x01], ARGS],
  ["M7", "the name of a type where numbers are spoken", [0x81, 0xa1, 0x74, ...str("ping")], UNKNOWN],
  ["M7", "a type nobody knows", [0x81, 0xa1, 0x74, 0x7f], UNKNOWN],
  ["M7", "a type of the server", [0x81, 0xa1, 0x74, 65], UNKNOWN],
];

/** MessagePack that is none, or says what nobody may say. */
export const MSGPACK_CASES: readonly SocketCase[] = [
  ...ROWS.map(
    ([id, what, bytes, expect]): SocketCase => ({
      id,
      what: `MessagePack: ${what}`,
      encoding: "msgpack",
      send: [binary(Buffer.from(bytes))],
      expect,
    }),
  ),
  {
    id: "FR9",
    what: "MessagePack: bytes that are none, before hello",
    encoding: "msgpack",
    greeted: false,
    send: [binary(Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff]))],
    expect: `${LARGE}, CLOSE 4401`,
  },
];
