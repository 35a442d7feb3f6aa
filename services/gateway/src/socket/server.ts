import { addressKey, clientAddress, type ProxyTrust } from "@guildhall/config";
import { AppError } from "@guildhall/kernel";
import { seeded } from "@guildhall/kernel/seeded";
import { type Encoding, SUBPROTOCOL } from "@guildhall/proto/tables";
import type { Socket } from "../session/socket.ts";
import { remoteAddress } from "./address.ts";
import { checkHandshake, type Handshake, type Refused, WEBSOCKET_PATH } from "./handshake.ts";
import { idleTimeoutS } from "./idle.ts";
import { checkTlsFiles, type TlsFiles } from "./tls.ts";
import { loadUws, type UwsContext, type UwsRequest, type UwsResponse } from "./uws.ts";

/** What leaves the parser is bounded by us at half of this, so that the client gets an answer. */
const PAYLOAD_MAX_BYTES = 32 * 1024;
/** Twice the mark at which we close: below it the close frame still goes out. */
const BACKPRESSURE_MAX_BYTES = 128 * 1024;
/** How long sockets that were closed get to say so to the other side before they are cut. */
const LINGER_MS = 50;

/** Who is told of a connection. Nothing of it may throw; if it does, `failed` hears of it. */
export type Connections<C> = {
  /** `address`: where it comes from, as it is counted. */
  opened(socket: Socket, encoding: Encoding, address: string): C;
  /** `bytes` is lent until this returns. */
  received(connection: C, bytes: Uint8Array, binary: boolean): void;
  /** A ping or a pong of the WebSocket itself came; a ping has been answered. */
  controlled(connection: C): void;
  /** Some of what was buffered has gone out. */
  drained(connection: C): void;
  /** It has answered a ping of ours, or says so. `bytes` is lent until this returns. */
  answered(connection: C, bytes: Uint8Array): void;
  /** A frame was lost over the hard bound. */
  dropped(connection: C): void;
  /** The last word of a connection; its socket must not be used any more. `broken`: what the library hung up on. */
  closed(connection: C, code: number, broken: Broken | undefined): void;
  failed(error: unknown): void;
};

/** A message longer than PAYLOAD_MAX_BYTES, or text that is not UTF-8. Of other broken frames the library says nothing. */
export type Broken = "too_long" | "not_utf8";

export type ServerOptions = {
  readonly host: string;
  readonly port: number;
  readonly exclusivePort: boolean;
  readonly origins: readonly string[];
  readonly tls: TlsFiles | undefined;
  /** Whoever is silent longer has been closed. A socket that does not take its close goes soon after that. */
  readonly silentMaxMs: number;
  /** Counts a handshake: `accepted`, or why it was refused. */
  readonly handshake: (result: string) => void;
  /** Whose `X-Forwarded-For` is believed. */
  readonly trusts: ProxyTrust;
  /** Asked before anything else of a handshake is looked at: 0, or how long to stay away, ms. */
  readonly admit: (address: string) => number;
};

export type SocketServer = AsyncDisposable & {
  readonly port: number;
  /** Takes no new connection; those that are open stay. */
  stopListening(): void;
};

type Data<C> = { readonly encoding: Encoding; readonly address: string; connection: C | undefined };

/**
 * Listens for clients. Disposing cuts every connection.
 *
 * @throws AppError `UNAVAILABLE` when the port is taken, the address is not ours or the certificate is of no use; `INTERNAL` when the
 *   library's binary does not load.
 */
export async function listenForClients<C>(options: ServerOptions, connections: Connections<C>): Promise<SocketServer> {
  const uws = await loadUws();
  const { tls } = options;
  if (tls !== undefined) await checkTlsFiles(tls);
  const app = tls === undefined ? uws.App() : uws.SSLApp({ cert_file_name: tls.certFile, key_file_name: tls.keyFile });
  const guard = guardWith((error) => connections.failed(error));
  const controlled = ({ connection }: Data<C>): void => {
    if (connection !== undefined) guard(() => connections.controlled(connection));
  };
  app.ws<Data<C>>("/*", {
    maxPayloadLength: PAYLOAD_MAX_BYTES,
    maxBackpressure: BACKPRESSURE_MAX_BYTES,
    closeOnBackpressureLimit: !seeded("dropped-as-sent"),
    idleTimeout: idleTimeoutS(options.silentMaxMs),
    sendPingsAutomatically: false,
    compression: 0,
    upgrade: (res, req, context) => route(res, guard, () => answer(res, req, options, context)),
    open(socket) {
      const data = socket.getUserData();
      guard(() => {
        data.connection = connections.opened(socket, data.encoding, data.address);
      });
    },
    message(socket, bytes, binary) {
      const { connection } = socket.getUserData();
      if (connection !== undefined) guard(() => connections.received(connection, new Uint8Array(bytes), binary));
    },
    ping: (socket) => controlled(socket.getUserData()),
    pong(socket, bytes) {
      controlled(socket.getUserData());
      const { connection } = socket.getUserData();
      if (connection !== undefined) guard(() => connections.answered(connection, new Uint8Array(bytes)));
    },
    drain(socket) {
      const { connection } = socket.getUserData();
      if (connection !== undefined) guard(() => connections.drained(connection));
    },
    dropped(socket) {
      const { connection } = socket.getUserData();
      if (connection !== undefined) guard(() => connections.dropped(connection));
    },
    close(socket, code, message) {
      const { connection } = socket.getUserData();
      if (connection !== undefined) guard(() => connections.closed(connection, code, brokenBy(code, message)));
    },
  });
  app.any("/*", (res, req) => route(res, guard, () => answer(res, req, options)));

  const { host, port, exclusivePort } = options;
  const flags = exclusivePort ? uws.LIBUS_LISTEN_EXCLUSIVE_PORT : 0;
  const token = await new Promise<Parameters<typeof uws.us_listen_socket_close>[0] | false>((resolve) => {
    app.listen(host, port, flags, resolve);
  });
  if (token === false) throw new AppError("UNAVAILABLE", `cannot listen on ${host}:${port}: is the port taken?`);

  let listening = true;
  function stopListening(): void {
    if (listening) uws.us_listen_socket_close(token as Exclude<typeof token, false>);
    listening = false;
  }
  return {
    port: uws.us_socket_local_port(token),
    stopListening,
    async [Symbol.asyncDispose]() {
      stopListening();
      await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
      app.close();
    },
  };
}

const BROKEN: ReadonlyMap<string, Broken> = new Map([
  ["Received too big message", "too_long"],
  ["Received invalid UTF-8", "not_utf8"],
]);

/** Only with 1006 are the words the library's own; else they are the client's. */
function brokenBy(code: number, message: ArrayBuffer): Broken | undefined {
  return code === 1006 ? BROKEN.get(Buffer.from(message).toString("latin1")) : undefined;
}

type Guard = (work: () => void) => void;

/** An exception that reaches the library ends the process; none may. */
function guardWith(failed: (error: unknown) => void): Guard {
  return (work) => {
    try {
      work();
    } catch (error) {
      failed(error);
    }
  };
}

/** Every HTTP request goes through here: without an abort handler or an answer the library ends the process. */
function route(res: UwsResponse, guard: Guard, handle: () => void): void {
  let done = false;
  res.onAborted(() => {
    done = true;
  });
  guard(() => {
    try {
      handle();
    } catch (error) {
      if (!done) res.writeStatus("500 Internal Server Error").end("", true);
      throw error;
    }
  });
}

/** With `context` the request asks for an upgrade as far as the library sees. */
function answer(res: UwsResponse, req: UwsRequest, options: ServerOptions, context?: UwsContext): void {
  const request = read(req);
  if (request.path === "/healthz") return health(res, request);
  const address = addressOf(res, request, options);
  if (request.path === WEBSOCKET_PATH) {
    const awayMs = options.admit(address);
    if (awayMs > 0) {
      options.handshake("limit");
      return refuse(res, stayAway(awayMs));
    }
  }
  const result = checkHandshake(request, options.origins);
  if ("status" in result || context === undefined) {
    const refused = "status" in result ? result : { status: "400 Bad Request", reason: "key" };
    if (request.path === WEBSOCKET_PATH) options.handshake(refused.reason);
    return refuse(res, refused);
  }
  options.handshake("accepted");
  const data: Data<unknown> = { encoding: result.encoding, address, connection: undefined };
  res.upgrade(data, result.key, SUBPROTOCOL[result.encoding], "", context);
}

/** Where a request comes from, as it is counted. */
function addressOf(res: UwsResponse, { headers }: Handshake, { trusts }: ServerOptions): string {
  const peer = remoteAddress(res.getRemoteAddress());
  return addressKey(clientAddress(peer, headers.get("x-forwarded-for")?.join(","), trusts));
}

function stayAway(awayMs: number): Refused {
  const seconds = String(Math.max(1, Math.ceil(awayMs / 1_000)));
  return { status: "503 Service Unavailable", reason: "limit", header: ["Retry-After", seconds] };
}

function read(req: UwsRequest): Handshake {
  const headers = new Map<string, string[]>();
  req.forEach((name, value) => {
    const values = headers.get(name);
    if (values === undefined) headers.set(name, [value]);
    else values.push(value);
  });
  return { method: req.getMethod(), path: req.getUrl(), headers };
}

function health(res: UwsResponse, { method }: Handshake): void {
  if (method !== "get") {
    return refuse(res, { status: "405 Method Not Allowed", reason: "method", header: ["Allow", "GET"] });
  }
  res.writeStatus("200 OK").writeHeader("Content-Type", "text/plain").end("ok\n", false);
}

function refuse(res: UwsResponse, { status, header }: Refused): void {
  res.writeStatus(status);
  if (header !== undefined) res.writeHeader(header[0], header[1]);
  res.writeHeader("Content-Type", "text/plain").end(`${status}\n`, true);
}
