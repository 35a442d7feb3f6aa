import { type Encoding, SUBPROTOCOL } from "@guildhall/proto/tables";

/** The one path clients connect to. */
export const WEBSOCKET_PATH = "/ws";

/** A request as far as the handshake looks at it; header names in lower case, in the order sent. */
export type Handshake = {
  readonly method: string;
  readonly path: string;
  readonly headers: ReadonlyMap<string, readonly string[]>;
};

/** A refusal: its HTTP status line, a word for the count, and a header the client needs. */
export type Refused = {
  readonly status: string;
  readonly reason: string;
  readonly header?: readonly [name: string, value: string];
};
export type Accepted = { readonly encoding: Encoding; readonly key: string };

/** 16 bytes in base64: the 22nd character holds 2 bits, so only four characters can stand there. */
const KEY = /^[A-Za-z0-9+/]{21}[AQgw]==$/;
const LOOPBACK = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:[1-9]\d{0,4})?$/;
/** Scheme as sent, host without a path, a user or a trailing dot left to comparison. */
const ORIGIN = /^(https?:\/\/)([^/@?#\\\s]+)$/;

/**
 * Checks a handshake by RFC 6455, 4.2.1, and by our own rules: the library under it accepts almost any.
 * `origins` as in the settings; a client that sends no Origin is not a browser and is let in.
 */
export function checkHandshake(request: Handshake, origins: readonly string[]): Accepted | Refused {
  return wrongTarget(request) ?? wrongUpgrade(request) ?? wrongOrigin(request, origins) ?? choose(request);
}

function wrongTarget({ method, path }: Handshake): Refused | undefined {
  if (path !== WEBSOCKET_PATH) return { status: "404 Not Found", reason: "path" };
  if (method !== "get") return { status: "405 Method Not Allowed", reason: "method", header: ["Allow", "GET"] };
  return undefined;
}

function wrongUpgrade({ headers }: Handshake): Refused | undefined {
  const bad = (reason: string): Refused => ({ status: "400 Bad Request", reason });
  const one = (name: string) => {
    const values = headers.get(name) ?? [];
    return values.length === 1 ? values[0] : undefined;
  };
  if (one("host") === undefined) return bad("host");
  if (one("upgrade")?.toLowerCase() !== "websocket") {
    return { status: "426 Upgrade Required", reason: "upgrade", header: ["Upgrade", "websocket"] };
  }
  if (!tokens(headers, "connection").some((token) => token.toLowerCase() === "upgrade")) return bad("connection");
  if (one("sec-websocket-version") !== "13") {
    return { status: "426 Upgrade Required", reason: "version", header: ["Sec-WebSocket-Version", "13"] };
  }
  if (headers.has("transfer-encoding") || (headers.get("content-length") ?? []).some((length) => length !== "0")) {
    return bad("body");
  }
  return KEY.test(one("sec-websocket-key") ?? "") ? undefined : bad("key");
}

function wrongOrigin({ headers }: Handshake, allowed: readonly string[]): Refused | undefined {
  const origins = headers.get("origin") ?? [];
  if (origins.length > 1) return { status: "400 Bad Request", reason: "origin" };
  const [origin] = origins;
  if (origin === undefined || mayConnect(origin, allowed)) return undefined;
  return { status: "403 Forbidden", reason: "origin" };
}

function mayConnect(origin: string, allowed: readonly string[]): boolean {
  const [, scheme, host] = ORIGIN.exec(origin) ?? [];
  if (scheme === undefined || host === undefined) return false;
  const folded = scheme + host.toLowerCase();
  return allowed.some((entry) => (entry === "loopback" ? LOOPBACK.test(folded) : entry === folded));
}

/** The first of the client's subprotocols that we know; nothing else of what it sent is echoed. */
function choose({ headers }: Handshake): Accepted | Refused {
  for (const offered of tokens(headers, "sec-websocket-protocol")) {
    const encoding = ENCODINGS.get(offered);
    if (encoding !== undefined) return { encoding, key: headers.get("sec-websocket-key")?.[0] ?? "" };
  }
  return { status: "400 Bad Request", reason: "protocol" };
}

const ENCODINGS: ReadonlyMap<string, Encoding> = new Map([
  [SUBPROTOCOL.msgpack, "msgpack"],
  [SUBPROTOCOL.json, "json"],
]);

function tokens(headers: Handshake["headers"], name: string): string[] {
  return (headers.get(name) ?? []).flatMap((value) => value.split(",").map((token) => token.trim()));
}
