import type { PlainCase, PlainSent } from "../hostile/plain-case.ts";

const JSON_TYPE = "Content-Type: application/json";
const GOOD = '{"name":"nobody_here","password":"correct horse"}';
const DROP = "DROP";

type Row = readonly [id: string, what: string, request: PlainSent, expect: string];

const head = (line: string, ...lines: readonly string[]): string =>
  `${[`${line} HTTP/1.1`, "Host: x", ...lines].join("\r\n")}\r\n\r\n`;
const get = (path: string, ...lines: readonly string[]): string => head(`GET ${path}`, "Connection: close", ...lines);
/** Signing in as nobody: a good body is 401, a bad one 400, and nothing is made. */
const post = (body: string, path = "/v1/session", lines: readonly string[] = [JSON_TYPE]): string =>
  `${head(`POST ${path}`, "Connection: close", ...lines, `Content-Length: ${Buffer.byteLength(body, "latin1")}`)}${body}`;
const POST = "POST /v1/session";
const nested = (depth: number): string => `${"[".repeat(depth)}${"]".repeat(depth)}`;

const FRAMING: readonly Row[] = [
  [
    "A1",
    "a length and chunks",
    `${head(POST, JSON_TYPE, "Content-Length: 5", "Transfer-Encoding: chunked")}0\r\n\r\n`,
    "HTTP 400",
  ],
  ["A2", "two lengths", `${head(POST, JSON_TYPE, "Content-Length: 2", "Content-Length: 3")}{}x`, "HTTP 400"],
  ["A3", "a negative length", head(POST, JSON_TYPE, "Content-Length: -1"), "HTTP 400"],
  ["A3", "a length of 20 digits", head(POST, JSON_TYPE, "Content-Length: 99999999999999999999"), "HTTP 400"],
  ["A3", "a length in hexadecimal", head(POST, JSON_TYPE, "Content-Length: 0x2"), "HTTP 400"],
  ["A4", "a chunk size that is none", `${head(POST, JSON_TYPE, "Transfer-Encoding: chunked")}zz\r\n{}\r\n`, "HTTP 400"],
  [
    "A4",
    "an extension of a chunk of 1 MiB",
    `${head(POST, JSON_TYPE, "Transfer-Encoding: chunked")}2;${"x".repeat(1_048_576)}\r\n`,
    "HTTP 413 | DROP",
  ],
  [
    "A4",
    "chunked, and then identity",
    `${head(POST, JSON_TYPE, "Transfer-Encoding: chunked, identity")}0\r\n\r\n`,
    "HTTP 400",
  ],
  [
    "A4",
    "endless trailers",
    `${head(POST, JSON_TYPE, "Transfer-Encoding: chunked")}2\r\n{}\r\n0\r\n${"X-T: 1\r\n".repeat(3_000)}`,
    "HTTP 400 | HTTP 431 | DROP",
  ],
  ["A5", "a body of 64 KiB and a byte", post(`${GOOD}${" ".repeat(65_537 - GOOD.length)}`), "HTTP 413"],
  [
    "A5",
    "a body longer than it says",
    `${head(POST, JSON_TYPE, "Content-Length: 2")}{}${get("/healthz")}`,
    "HTTP 400, HTTP 200",
  ],
  ["A20", "a header of 64 KiB", get("/healthz", `X: ${"x".repeat(65_536)}`), "HTTP 431 | DROP"],
  ["A20", "an address of 2 MB", `GET /${"x".repeat(2_000_000)} HTTP/1.1\r\n`, "HTTP 431 | HTTP 414 | DROP"],
  ["A9", "CONNECT", head("CONNECT example.org:80"), DROP],
  ["A9", "TRACE", head("TRACE /healthz", "Connection: close"), "HTTP 405"],
  ["A9", "a method nobody knows", head("FLY /healthz"), "HTTP 400"],
  ["A9", "a header for another method", get("/v1/session", "X-HTTP-Method-Override: POST"), "HTTP 405"],
];

const TYPES: readonly Row[] = [
  ["A7", "no type", post(GOOD, "/v1/session", []), "HTTP 415"],
  ["A7", "another charset", post(GOOD, "/v1/session", ["Content-Type: application/json; charset=utf-7"]), "HTTP 415"],
  ["A7", "several parts", post(GOOD, "/v1/session", ["Content-Type: multipart/form-data; boundary=x"]), "HTTP 415"],
  ["A8", "a compressed body", post(GOOD, "/v1/session", [JSON_TYPE, "Content-Encoding: gzip"]), "HTTP 415"],
  [
    "A15",
    "a form with a cookie",
    post("name=a&password=b", "/v1/session", ["Content-Type: application/x-www-form-urlencoded", "Cookie: session=1"]),
    "HTTP 415",
  ],
  ["A15", "a cookie and no token", post("{}", "/v1/session/end", [JSON_TYPE, "Cookie: access=1"]), "HTTP 401"],
];

const PATHS: readonly Row[] = [
  ...[
    "/none",
    "/healthz/",
    "//healthz",
    "/healthz/../metrics",
    "/%2e%2e/healthz",
    "/v1%2fpeople",
    "/healthz%00",
    "/healthz;x=1",
    "/%",
    "/__proto__",
    "/V1/people",
  ].map((path): Row => ["A10", path, get(path), "HTTP 404"]),
  ["A11", "parameters nobody asked for", post(GOOD, "/v1/session?limit=1&limit=9999"), "HTTP 400"],
  [
    "A11",
    "a thousand parameters",
    post(GOOD, `/v1/session?${Array.from({ length: 1_000 }, (_, at) => `k${at}=1`).join("&")}`),
    "HTTP 400",
  ],
  ["A26", "the operator's list without a key", get("/v1/people/ann"), "HTTP 401"],
  ["A26", "the operator's list with a wrong key", get("/v1/people/ann", "Authorization: Bearer none"), "HTTP 401"],
];

const BODIES: readonly Row[] = (
  [
    ["nothing", ""],
    ["half an object", "{"],
    ["a list", "[]"],
    ["a string", '"x"'],
    ["null", "null"],
    ["a byte order mark", `\u00ef\u00bb\u00bf${GOOD}`],
    ["bytes that are no UTF-8", '{"name":"\u00ff","password":"correct horse"}'],
    ["30,000 levels", nested(30_000)],
    ["10,000 keys", `{${Array.from({ length: 5_000 }, (_, at) => `"k${at}":1`).join()}}`],
    ["__proto__", `{"__proto__":{"admin":true},${GOOD.slice(1)}`],
    ["__proto__ in disguise", `{"\\u005f_proto__":{"admin":true},${GOOD.slice(1)}`],
    ["constructor.prototype", `{"constructor":{"prototype":{"admin":true}},${GOOD.slice(1)}`],
    ["half a surrogate pair", '{"name":"a\\ud800","password":"correct horse"}'],
    ["a name of another kind", '{"name":["ann"],"password":"correct horse"}'],
    ["keys of ours", `{"u":1,"role":"owner",${GOOD.slice(1)}`],
    ["a name with NUL", '{"name":"a\\u0000b","password":"correct horse"}'],
    ["a name of 65 characters", `{"name":"${"x".repeat(65)}","password":"correct horse"}`],
  ] as const
).flatMap(([what, body]): Row[] =>
  ["/v1/session", "/v1/people", "/v1/session/refresh"].map((path) => [
    what === "keys of ours" ? "A23" : "A22",
    `${path}: ${what}`,
    post(body, path),
    "HTTP 400",
  ]),
);

const api = ([id, what, send, expect]: Row): PlainCase => ({ id, what, to: "api", send: [send], expect });

export const HTTP_CASES: readonly PlainCase[] = [
  ...[...FRAMING, ...TYPES, ...PATHS, ...BODIES].map(api),
  {
    ...api([
      "A14",
      "a preflight of another origin",
      head(
        "OPTIONS /v1/session",
        "Connection: close",
        "Origin: https://evil.example",
        "Access-Control-Request-Method: POST",
      ),
      "HTTP 405",
    ]),
    hasNot: /access-control-allow/i,
  },
  {
    ...api([
      "A21",
      "200 requests at once",
      head("GET /healthz").repeat(200),
      Array<string>(200).fill("HTTP 200").join(", "),
    ]),
    withinMs: 10_000,
  },
  {
    id: "A13",
    what: "a device that is not the caller's",
    to: "api",
    send: (ground) => [
      head(
        "DELETE /v1/devices/AAECAwQFBgcICQoLDA0ODw",
        "Connection: close",
        `Authorization: Bearer ${ground.operatorKey}`,
      ),
    ],
    expect: "HTTP 401",
  },
];

/** Twenty seconds: the api gives a request fifteen, and looks once a second. */
const REQUEST_MAX_MS = 20_000;

/** Those that end by a timeout. */
export const SLOW_HTTP_CASES: readonly PlainCase[] = (
  [
    ["A5", "a body that stops", `${head(POST, JSON_TYPE, "Content-Length: 500")}{`, "HTTP 408 | DROP"],
    [
      "A6",
      "a body a byte at a time",
      { bytes: `${head(POST, JSON_TYPE, "Content-Length: 500")}${" ".repeat(500)}`, stepBytes: 1, everyMs: 100 },
      "HTTP 408 | DROP",
    ],
    ["A6", "headers a byte at a time", { bytes: get("/healthz"), stepBytes: 1, everyMs: 500 }, "HTTP 408 | DROP"],
  ] satisfies readonly Row[]
).map((row) => ({ ...api(row as Row), withinMs: REQUEST_MAX_MS }));
