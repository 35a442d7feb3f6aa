import { handshakeLines, head } from "../hostile/dialogue.ts";
import type { PlainCase, PlainSent } from "../hostile/plain-case.ts";

/** Twelve seconds: the library looks at its timeouts every four, the slowest is ten. */
const SILENCE_MAX_MS = 14_000;
const TLS_HELLO = Buffer.from("160301020001000001fc0303", "hex");
const MANY = 110;

type Row = readonly [id: string, what: string, request: PlainSent, expect: string];

/** A good handshake without the lines that begin so, and with others. */
function request(without: string | undefined, ...more: readonly string[]): string {
  const kept = handshakeLines("json").filter((line) => without === undefined || !line.startsWith(without));
  return head([...kept, ...more]);
}
const first = (line: string): string => head([line, ...handshakeLines("json").slice(1)]);
const key = (value: string): string => request("Sec-WebSocket-Key", `Sec-WebSocket-Key: ${value}`);
const origin = (value: string): string => request(undefined, `Origin: ${value}`);

const BAD_ORIGINS = [
  "https://evil.example",
  "null",
  "http://localhost.evil.io",
  "http://evil-localhost",
  "http://127.0.0.1.nip.io",
  "http://localhost:99999999",
  "http://user@localhost",
  "http://localhost.",
  "HTTP://localhost",
  "file://localhost",
];

const ROWS: readonly Row[] = [
  ["H1", "no Upgrade", request("Upgrade"), "HTTP 426"],
  ["H2", "no Connection", request("Connection"), "HTTP 400"],
  ["H3", "version 8", request("Sec-WebSocket-Version", "Sec-WebSocket-Version: 8"), "HTTP 426"],
  ["H3", "no version", request("Sec-WebSocket-Version"), "HTTP 426"],
  ["H3", "two versions", request("Sec-WebSocket-Version", "Sec-WebSocket-Version: 13, 8"), "HTTP 426"],
  ["H4", "no key", request("Sec-WebSocket-Key"), "HTTP 400"],
  ["H4", "a key of 3 characters", key("abc"), "HTTP 400"],
  ["H4", "a key of 23 characters", key("dGhlIHNhbXBsZSBub25jZQ="), "HTTP 400"],
  ["H4", "a key of 25 characters", key("dGhlIHNhbXBsZSBub25jZQ==="), "HTTP 400"],
  ["H5", "a key that is no base64", key("!!!!!!!!!!!!!!!!!!!!!!=="), "HTTP 400"],
  ["H5", "a key of 18 bytes", key("dGhlIHNhbXBsZSBub25jZQAA"), "HTTP 400"],
  ["H6", "a POST", first("POST /ws HTTP/1.1"), "HTTP 405"],
  ["H7", "HTTP/1.0", first("GET /ws HTTP/1.0"), "HTTP 505"],
  ["H7", "HTTP/2.0", first("GET /ws HTTP/2.0"), "HTTP 505"],
  ["H8", "no Host", request("Host"), "HTTP 400"],
  ["H9", "two Hosts", request(undefined, "Host: evil.example"), "HTTP 400"],
  ...BAD_ORIGINS.map(
    (value): Row => [value.includes("evil.example") ? "H10" : "H11", `origin ${value}`, origin(value), "HTTP 403"],
  ),
  ["H11", "an origin of this machine", origin("http://LOCALHOST:3000"), "HTTP 101"],
  ["H12", "two Origins", request(undefined, "Origin: http://localhost", "Origin: http://localhost"), "HTTP 400"],
  ["H14", "an unknown protocol", request("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: chat.v1"), "HTTP 400"],
  ["H14", "no protocol", request("Sec-WebSocket-Protocol"), "HTTP 400"],
  ["H17", "a cookie of 3 KiB", request(undefined, `Cookie: ${"x".repeat(3_000)}`), "HTTP 101 | HTTP 400"],
  ["H17", "a cookie of 5 KiB", request(undefined, `Cookie: ${"x".repeat(5_120)}`), "HTTP 101 | HTTP 400 | HTTP 431"],
  [
    "H18",
    "a line that ends without a return",
    request(undefined).replaceAll("\r\n", "\n"),
    "HTTP 400 | HTTP 505 | DROP",
  ],
  ["H20", "TLS to the plain port", TLS_HELLO, "HTTP 400 | HTTP 505 | DROP"],
  ["H21", "a body", `${request(undefined, "Content-Length: 5")}hello`, "HTTP 400"],
  ["H21", "a body in chunks", `${request(undefined, "Transfer-Encoding: chunked")}0\r\n\r\n`, "HTTP 400"],
  ["H22", "a path up and away", first("GET /ws/../../etc/passwd HTTP/1.1"), "HTTP 404"],
  ["H22", "NUL in a path", first("GET /ws%00 HTTP/1.1"), "HTTP 404"],
  ["H22", "two slashes", first("GET //ws HTTP/1.1"), "HTTP 404"],
  ["H22", "a path of 3 KiB", first(`GET /${"x".repeat(3_000)} HTTP/1.1`), "HTTP 404"],
  ["H22", "a path of 8 KiB", first(`GET /${"x".repeat(8_192)} HTTP/1.1`), "HTTP 404 | HTTP 400 | HTTP 431"],
];

const gateway = ([id, what, send, expect]: Row): PlainCase => ({ id, what, to: "gateway", send: [send], expect });

export const HANDSHAKE_CASES: readonly PlainCase[] = [
  ...ROWS.map(gateway),
  {
    ...gateway(["H3", "another version is told the one", request("Sec-WebSocket-Version"), "HTTP 426"]),
    has: /Sec-WebSocket-Version: 13/,
  },
  {
    ...gateway([
      "H13",
      "a token among the protocols",
      request("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: bearer.secret, guildhall.json.v1"),
      "HTTP 101",
    ]),
    has: /Sec-WebSocket-Protocol: guildhall\.json\.v1\r/,
    hasNot: /secret/,
  },
  {
    ...gateway([
      "H15",
      "extensions that are none",
      request(undefined, "Sec-WebSocket-Extensions: constructor,;toString, permessage-deflate"),
      "HTTP 101",
    ]),
    hasNot: /Sec-WebSocket-Extensions/,
  },
];

const SLOW_ROWS: readonly Row[] = [
  [
    "H16",
    `${MANY} headers`,
    request(undefined, ...Array.from({ length: MANY }, (_, at) => `X-${at}: 1`)),
    "DROP | HTTP 400 | HTTP 431",
  ],
  ["H18", "a space before a colon", request(undefined, "X-Odd : 1"), "HTTP 400 | HTTP 505 | DROP"],
  ["H18", "NUL in a header", request(undefined, "X-Odd: a\0b"), "DROP | HTTP 400 | HTTP 505"],
  [
    "H18",
    "a header that goes on in the next line",
    request(undefined, "X-Odd: a", " b"),
    "DROP | HTTP 400 | HTTP 505 | HTTP 101",
  ],
  [
    "H17",
    "a cookie of 5 KiB in two segments",
    { bytes: request(undefined, `Cookie: ${"x".repeat(5_120)}`), stepBytes: 2_600, everyMs: 20 },
    "DROP | HTTP 400 | HTTP 431 | HTTP 101",
  ],
  ["H19", "a byte a second", { bytes: request(undefined), stepBytes: 1, everyMs: 1_000 }, "DROP | HTTP 408 | HTTP 505"],
];

/** Those that end by a timeout. */
export const SLOW_HANDSHAKE_CASES: readonly PlainCase[] = SLOW_ROWS.map((row) => ({
  ...gateway(row),
  withinMs: SILENCE_MAX_MS,
}));
