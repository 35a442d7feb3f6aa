import { binary, close, inParts, OP, part, ping, pong, text, wire } from "../hostile/bytes.ts";
import type { SocketCase } from "../hostile/socket-case.ts";

/** A frame of ours that is answered at once by `PONG`: it came whole. */
export const PING = '{"t":"ping"}';

/** The same, so many bytes long. */
export function longPing(bytes: number): string {
  const [before, after] = ['{"t":"ping","x":"', '"}'];
  return `${before}${"x".repeat(bytes - before.length - after.length)}${after}`;
}

const PAYLOAD_MAX_BYTES = 32 * 1024;
const FRAME_MAX_BYTES = 16 * 1024;
const CONTROL_MAX_BYTES = 125;
const RSV = [1, 2, 3, 4, 5, 6, 7];
const RESERVED_OPCODES = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15];
const UNREADABLE = "ERR BAD_FRAME";
/** What is answered in the same read as a broken frame may be lost with the connection. */
const DROP_MAY_EAT_ANSWERS = "PONG, DROP | DROP";
/** The library looks only for text inside an unfinished message; it takes a binary frame there for a message. */
const TAKEN_AS_MESSAGE = "ERR BAD_FRAME | DROP";
const TAKEN_TWICE = "ERR BAD_FRAME, ERR BAD_FRAME | DROP";

const lengths: readonly SocketCase[] = [
  ...[13, 64, 125, 126, 127, 128, 1_000, 4_096, 16_383, FRAME_MAX_BYTES].map((bytes) => ({
    id: "1 lengths",
    what: `a text of ${bytes} bytes`,
    send: [text(bytes < 20 ? `${PING} ` : longPing(bytes))],
    expect: "PONG",
  })),
  ...([2, 8] as const).map((lengthBytes) => ({
    id: "1 lengths",
    what: `a length in ${lengthBytes} bytes that fits into one`,
    send: [text(PING, { lengthBytes })],
    expect: "PONG",
  })),
  { id: "1 lengths", what: "a text of no bytes", send: [text("")], expect: UNREADABLE },
  { id: "1 lengths", what: "a binary frame where text is spoken", send: [binary(PING)], expect: UNREADABLE },
  {
    id: "1 lengths",
    what: "a binary frame of no bytes",
    encoding: "msgpack",
    send: [binary("")],
    expect: UNREADABLE,
  },
];

const limits: readonly SocketCase[] = [
  {
    id: "9 limits",
    what: "one byte over 16 KiB",
    send: [text(longPing(FRAME_MAX_BYTES + 1))],
    expect: "ERR TOO_LARGE",
  },
  { id: "9 limits", what: "32 KiB", send: [text(longPing(PAYLOAD_MAX_BYTES))], expect: "ERR TOO_LARGE" },
  { id: "9 limits", what: "one byte over 32 KiB", send: [text(longPing(PAYLOAD_MAX_BYTES + 1))], expect: "DROP" },
  { id: "9 limits", what: "64 KiB", send: [text(longPing(65_536))], expect: "DROP" },
  ...[2n ** 31n, 2n ** 32n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n].map((says) => ({
    id: "9 limits",
    what: `a head that announces ${says} bytes`,
    send: [binary("x", { says })],
    expect: "DROP",
  })),
  {
    id: "9 limits",
    what: "parts of 20,000 bytes each, three times",
    send: [inParts(OP.text, ["x".repeat(20_000), "x".repeat(20_000), "x"])],
    expect: "DROP",
  },
  {
    id: "9 limits",
    what: "40,000 parts of one byte",
    send: [inParts(OP.text, Array<string>(40_000).fill("x"))],
    expect: "DROP",
  },
  ...[1, 7, 64, 1_000].map((stepBytes) => ({
    id: "9 steps",
    what: `a text of 2,000 bytes, ${stepBytes} bytes at a time`,
    send: [{ bytes: text(longPing(2_000)), stepBytes }],
    expect: "PONG",
  })),
];

const control: readonly SocketCase[] = [
  { id: "2 pings", what: "a ping of no bytes", send: [ping()], expect: "WEBSOCKET PONG 0" },
  {
    id: "2 pings",
    what: "a ping of 125 bytes",
    send: [ping("x".repeat(CONTROL_MAX_BYTES))],
    expect: "WEBSOCKET PONG 125",
  },
  {
    id: "2 pings",
    what: "a ping with bytes that are no UTF-8",
    send: [ping(Buffer.from([0xff, 0xfe]))],
    expect: "WEBSOCKET PONG 2",
  },
  {
    id: "2 pings",
    what: "a ping of 126 bytes",
    send: [wire({ opcode: OP.ping, payload: "x".repeat(126) })],
    expect: "DROP",
  },
  {
    id: "2 pings",
    what: "a pong of 126 bytes",
    send: [wire({ opcode: OP.pong, payload: "x".repeat(126) })],
    expect: "DROP",
  },
  {
    id: "2 pings",
    what: "a ping in parts",
    send: [wire({ opcode: OP.ping, payload: "x", fin: false })],
    expect: "DROP",
  },
  {
    id: "2 pings",
    what: "a pong in parts",
    send: [wire({ opcode: OP.pong, payload: "x", fin: false })],
    expect: "DROP",
  },
  { id: "2 pings", what: "a pong that nobody asked for", send: [pong("x"), text(PING)], expect: "PONG" },
  {
    id: "2 pings",
    what: "a byte at a time",
    send: [{ bytes: ping("hello"), stepBytes: 1 }],
    expect: "WEBSOCKET PONG 5",
  },
  {
    id: "2 pings",
    what: "ten pings at once",
    send: [Buffer.concat(Array.from({ length: 10 }, () => ping("abc")))],
    expect: Array<string>(10).fill("WEBSOCKET PONG 3").join(", "),
  },
];

const reserved: readonly SocketCase[] = [
  ...RSV.flatMap((rsv) =>
    [OP.text, OP.ping, OP.close].map((opcode) => ({
      id: "3 reserved bits",
      what: `bits ${rsv} with opcode ${opcode}`,
      send: [wire({ opcode, rsv, payload: opcode === OP.text ? PING : "" })],
      expect: "DROP",
    })),
  ),
  ...RESERVED_OPCODES.flatMap((opcode) =>
    ["", PING].map((payload) => ({
      id: "4 opcodes",
      what: `opcode ${opcode} with ${payload.length} bytes`,
      send: [wire({ opcode, payload })],
      expect: "DROP",
    })),
  ),
  {
    id: "4 opcodes",
    what: "a good frame, then one with a reserved opcode",
    send: [Buffer.concat([text(PING), wire({ opcode: 3, payload: "x" })])],
    expect: DROP_MAY_EAT_ANSWERS,
  },
];

const [first, second] = [PING.slice(0, 5), PING.slice(5)];
const parts: readonly SocketCase[] = [
  { id: "5 parts", what: "two parts", send: [inParts(OP.text, [first, second])], expect: "PONG" },
  { id: "5 parts", what: "a part a byte", send: [inParts(OP.text, PING.split(""))], expect: "PONG" },
  {
    id: "5 parts",
    what: "two parts, a byte at a time",
    send: [{ bytes: inParts(OP.text, [first, second]), stepBytes: 1 }],
    expect: "PONG",
  },
  {
    id: "5 parts",
    what: "parts without content in between",
    send: [inParts(OP.text, ["", first, "", second, ""])],
    expect: "PONG",
  },
  { id: "5 parts", what: "only parts without content", send: [inParts(OP.text, ["", "", ""])], expect: UNREADABLE },
  {
    id: "5 parts",
    what: "10,000 parts without content, then the message",
    send: [inParts(OP.text, [...Array<string>(10_000).fill(""), PING])],
    expect: "PONG",
  },
  {
    id: "5 parts",
    what: "a ping in between",
    send: [Buffer.concat([text(first, { fin: false }), ping("hi"), part(second)])],
    expect: "WEBSOCKET PONG 2, PONG",
  },
  {
    id: "5 parts",
    what: "a pong in between",
    send: [Buffer.concat([text(first, { fin: false }), pong("hi"), part(second)])],
    expect: "PONG",
  },
  { id: "5 parts", what: "a later part without a first", send: [part(PING)], expect: "DROP" },
  {
    id: "5 parts",
    what: "a later part without a first, not the last",
    send: [part(PING, { fin: false })],
    expect: "DROP",
  },
  {
    id: "5 parts",
    what: "a later part after a whole message",
    send: [Buffer.concat([text(PING), part("x")])],
    expect: DROP_MAY_EAT_ANSWERS,
  },
  {
    id: "5 parts",
    what: "a text inside a message",
    send: [Buffer.concat([text(first, { fin: false }), text(PING)])],
    expect: "DROP",
  },
  {
    id: "5 parts",
    what: "a binary frame inside a message",
    send: [Buffer.concat([text(first, { fin: false }), binary(PING)])],
    expect: TAKEN_AS_MESSAGE,
  },
  {
    id: "5 parts",
    what: "a binary frame inside a binary message, which then goes on",
    encoding: "msgpack",
    send: [
      Buffer.concat([
        binary(Buffer.from([0x81, 0xa1]), { fin: false }),
        binary(Buffer.from([0x81, 0xa1, 0x74, 0x0b])),
        part(Buffer.from([0x74, 0x0b])),
      ]),
    ],
    expect: TAKEN_TWICE,
  },
  {
    id: "5 parts",
    what: "a close inside a message",
    send: [Buffer.concat([text(first, { fin: false }), close(1000)])],
    expect: "CLOSE 1000",
  },
  {
    id: "5 parts",
    what: "two messages in parts, one after another",
    send: [Buffer.concat([inParts(OP.text, [first, second]), inParts(OP.text, [first, second])])],
    expect: "PONG, PONG",
  },
];

/** How frames are put together (RFC 6455, 5): lengths, control frames, reserved bits and opcodes, parts, limits. */
export const FRAMING_CASES: readonly SocketCase[] = [...lengths, ...control, ...reserved, ...parts, ...limits];
