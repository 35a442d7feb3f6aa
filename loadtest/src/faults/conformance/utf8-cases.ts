import { inParts, OP, text } from "../hostile/bytes.ts";
import type { SocketCase } from "../hostile/socket-case.ts";

/** A frame of a type that does not exist, with the bytes in a text of it: answered where they are UTF-8. */
function around(bytes: readonly number[]): Buffer[] {
  return [Buffer.from('{"t":"none","x":"'), Buffer.from(bytes), Buffer.from('"}')];
}

const VALID = "ERR UNKNOWN_METHOD";
const hex = (bytes: readonly number[]): string => Buffer.from(bytes).toString("hex");
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);

/** First and last of every length, the neighbours of the surrogates, and code points that stand for nothing. */
const GOOD: readonly (readonly number[])[] = [
  [0x20],
  [0x7f],
  [0xc2, 0x80],
  [0xdf, 0xbf],
  [0xe0, 0xa0, 0x80],
  [0xed, 0x9f, 0xbf],
  [0xee, 0x80, 0x80],
  [0xef, 0xbf, 0xbd],
  [0xef, 0xbf, 0xbe],
  [0xef, 0xbf, 0xbf],
  [0xf0, 0x90, 0x80, 0x80],
  ...range(0, 0xf).map((plane) => [0xf0 | ((plane + 1) >> 2), 0x8f | (((plane + 1) & 3) << 4), 0xbf, 0xbe]),
  [0xf4, 0x8f, 0xbf, 0xbf],
  [0xce, 0xba, 0xe1, 0xbd, 0xb9, 0xcf, 0x83, 0xce, 0xbc, 0xce, 0xb5],
];

const BAD: readonly (readonly number[])[] = [
  // Longer than need be, from 2 to 6 bytes: the slash, the least, the most and NUL.
  [0xc0, 0xaf],
  [0xe0, 0x80, 0xaf],
  [0xf0, 0x80, 0x80, 0xaf],
  [0xf8, 0x80, 0x80, 0x80, 0xaf],
  [0xfc, 0x80, 0x80, 0x80, 0x80, 0xaf],
  [0xc1, 0xbf],
  [0xe0, 0x9f, 0xbf],
  [0xf0, 0x8f, 0xbf, 0xbf],
  [0xf8, 0x87, 0xbf, 0xbf, 0xbf],
  [0xfc, 0x83, 0xbf, 0xbf, 0xbf, 0xbf],
  [0xc0, 0x80],
  [0xe0, 0x80, 0x80],
  [0xf0, 0x80, 0x80, 0x80],
  // Surrogates, alone and in pairs.
  [0xed, 0xa0, 0x80],
  [0xed, 0xad, 0xbf],
  [0xed, 0xae, 0x80],
  [0xed, 0xaf, 0xbf],
  [0xed, 0xb0, 0x80],
  [0xed, 0xbe, 0x80],
  [0xed, 0xbf, 0xbf],
  [0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80],
  [0xed, 0xaf, 0xbf, 0xed, 0xbf, 0xbf],
  // Beyond the last code point, and lengths there are no longer.
  [0xf4, 0x90, 0x80, 0x80],
  [0xf5, 0x80, 0x80, 0x80],
  [0xf7, 0xbf, 0xbf, 0xbf],
  [0xf8, 0x88, 0x80, 0x80, 0x80],
  [0xfb, 0xbf, 0xbf, 0xbf, 0xbf],
  [0xfc, 0x84, 0x80, 0x80, 0x80, 0x80],
  [0xfd, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf],
  [0xfe, 0xfe, 0xff, 0xff],
  // Continuations without a start.
  ...range(2, 6).map((count) => range(1, count).map((at) => (at % 2 === 1 ? 0x80 : 0xbf))),
  range(0x80, 0xbf),
  // The last byte is missing.
  [0xe0, 0xa0],
  [0xef, 0xbf],
  [0xf0, 0x90, 0x80],
  [0xf4, 0x8f, 0xbf],
  [0xc2, 0xe1, 0x80, 0xf1, 0x80, 0x80],
  // Every byte that is no character by itself.
  ...range(0x80, 0xff).map((byte) => [byte]),
  ...range(0xc0, 0xff).map((byte) => [byte, 0x20]),
];

function whole(bytes: readonly number[], expect: string): SocketCase {
  return { id: "6 UTF-8", what: hex(bytes), send: [text(Buffer.concat(around(bytes)))], expect };
}

/** The same with a border of two parts at every place inside of it. */
function split(bytes: readonly number[], expect: string): SocketCase[] {
  const all = Buffer.concat(around(bytes));
  const from = around([])[0]?.length ?? 0;
  return bytes.slice(1).map((_, at) => ({
    id: "6 UTF-8 in parts",
    what: `${hex(bytes)} after ${at + 1} bytes`,
    send: [inParts(OP.text, [all.subarray(0, from + at + 1), all.subarray(from + at + 1)])],
    expect,
  }));
}

const few = (all: readonly (readonly number[])[]) => all.filter(({ length }) => length > 1 && length <= 4).slice(0, 24);

/** Which text is UTF-8 (RFC 3629): every boundary, whole and in parts. */
export const UTF8_CASES: readonly SocketCase[] = [
  ...GOOD.map((bytes) => whole(bytes, VALID)),
  ...BAD.map((bytes) => whole(bytes, "DROP")),
  ...few(GOOD).flatMap((bytes) => split(bytes, VALID)),
  ...few(BAD).flatMap((bytes) => split(bytes, "DROP")),
  {
    id: "6 UTF-8 in parts",
    what: "a character cut in half by the end of the message",
    send: [inParts(OP.text, ['{"t":"none","x":"', Buffer.from([0xe2, 0x82])])],
    expect: "DROP",
  },
  {
    id: "6 UTF-8",
    what: "a good character, a byte at a time",
    send: [{ bytes: text(Buffer.concat(around([0xf0, 0x9f, 0x8e, 0x88]))), stepBytes: 1 }],
    expect: VALID,
  },
];
