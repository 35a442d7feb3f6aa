import { close, OP, ping, text, wire } from "../hostile/bytes.ts";
import type { SocketCase } from "../hostile/socket-case.ts";
import { PING } from "./framing-cases.ts";

/** Codes that a client may close with (RFC 6455, 7.4), and some that it may not. */
const GOOD_CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4400, 4999];
const BAD_CODES = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535];
const REASON_MAX_BYTES = 123;

/** What may be answered to a close with this code: the code or nothing in it, and in both cases the end. */
const echoOf = (code: number): string => `CLOSE ${code} | CLOSE`;

/** How a connection is closed by the client (RFC 6455, 5.5.1 and 7). */
export const CLOSE_CASES: readonly SocketCase[] = [
  { id: "7 close", what: "nothing in it", send: [close()], expect: "CLOSE" },
  { id: "7 close", what: "one byte in it", send: [wire({ opcode: OP.close, payload: "x" })], expect: "CLOSE | DROP" },
  ...GOOD_CODES.map((code) => ({ id: "7 close", what: `code ${code}`, send: [close(code)], expect: echoOf(code) })),
  ...BAD_CODES.map((code) => ({ id: "7 close", what: `code ${code}`, send: [close(code)], expect: "CLOSE | DROP" })),
  { id: "7 close", what: "a reason", send: [close(1000, "enough")], expect: echoOf(1000) },
  {
    id: "7 close",
    what: "the longest reason",
    send: [close(1000, "x".repeat(REASON_MAX_BYTES))],
    expect: echoOf(1000),
  },
  { id: "7 close", what: "a reason too long", send: [close(1000, "x".repeat(REASON_MAX_BYTES + 1))], expect: "DROP" },
  {
    id: "7 close",
    what: "a reason that is no UTF-8",
    send: [close(1000, Buffer.from([0xce, 0xba, 0xe1, 0xbd, 0xb9, 0xed, 0xa0, 0x80]))],
    expect: "CLOSE | DROP",
  },
  {
    id: "7 close",
    what: "a close in parts",
    send: [wire({ opcode: OP.close, payload: Buffer.from([3, 232]), fin: false })],
    expect: "DROP",
  },
  {
    id: "7 close",
    what: "a message behind it",
    send: [Buffer.concat([close(1000), text(PING)])],
    expect: echoOf(1000),
  },
  { id: "7 close", what: "a ping behind it", send: [Buffer.concat([close(1000), ping("x")])], expect: echoOf(1000) },
  {
    id: "7 close",
    what: "another close behind it",
    send: [Buffer.concat([close(1000), close(1001)])],
    expect: echoOf(1000),
  },
  {
    id: "7 close",
    what: "a message before it",
    send: [Buffer.concat([text(PING), close(1000)])],
    expect: "PONG, CLOSE 1000",
  },
  {
    id: "7 close",
    what: "a byte at a time",
    send: [{ bytes: close(1000, "slow"), stepBytes: 1 }],
    expect: echoOf(1000),
  },
];
