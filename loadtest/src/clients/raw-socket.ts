import { createHash, randomBytes } from "node:crypto";
import { connect } from "node:net";
import { maskedFrame, OPCODE } from "./framing.ts";

/** Where a WebSocket server listens. */
export type SocketTarget = {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** Asked for as `Sec-WebSocket-Protocol`; none where absent. */
  readonly protocol?: string;
  /** Sent as `X-Forwarded-For`, as a proxy in front of the server would; none where absent. */
  readonly forwardedFor?: string;
  /** Further lines of the request, as `X-Forwarded-For: 192.0.2.1`. */
  readonly headers?: readonly string[];
};

/** A WebSocket of which we see the bytes. */
export type RawSocket = {
  /** Sends one binary frame. */
  send(payload: Uint8Array): void;
  /** Answers a ping. */
  pong(payload: Uint8Array): void;
  /** Writes bytes as they are, frames or not. */
  write(bytes: Uint8Array): void;
  /** Reads nothing more until `resume`: what comes stays with the kernel. */
  pause(): void;
  resume(): void;
  /** Hangs up. */
  destroy(): void;
};

/** What one read brought: the first `length` bytes of a buffer that all sockets share. Copy what outlives the call. */
export type OnBytes = (bytes: Buffer, length: number) => void;

const HANDSHAKE_MAX_MS = 15_000;
const HANDSHAKE_MAX_BYTES = 8 * 1024;
const ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/** One read takes at most this much. Shared: a read is dealt with before the next begins. */
const READ_MAX_BYTES = 256 * 1024;
const shared = Buffer.allocUnsafe(READ_MAX_BYTES);

/** `ws://host:port/path` as a target. @throws Error for another address. */
export function socketTarget(url: string, protocol?: string): SocketTarget {
  const { protocol: scheme, hostname, port, pathname } = new URL(url);
  if (scheme !== "ws:") throw new Error(`${url}: the load test speaks ws:// only`);
  return {
    host: hostname,
    port: port === "" ? 80 : Number(port),
    path: pathname,
    ...(protocol === undefined ? {} : { protocol }),
  };
}

function request({ host, port, path, protocol, forwardedFor, headers = [] }: SocketTarget, key: string): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}:${port}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Key: ${key}`,
    "Sec-WebSocket-Version: 13",
    ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
    ...(forwardedFor === undefined ? [] : [`X-Forwarded-For: ${forwardedFor}`]),
    ...headers,
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** What is wrong with the answer to a handshake, or nothing. */
function refusal(head: string, key: string, protocol: string | undefined): string | undefined {
  const [status = "", ...lines] = head.split("\r\n");
  if (!status.startsWith("HTTP/1.1 101")) return status;
  const headers = new Map(
    lines.map((line) => [line.split(":")[0]?.trim().toLowerCase(), line.replace(/^[^:]*:\s*/, "")]),
  );
  const accept = createHash("sha1").update(`${key}${ACCEPT_GUID}`).digest("base64");
  if (headers.get("sec-websocket-accept") !== accept) return "the server's accept key is wrong";
  return headers.get("sec-websocket-protocol") === protocol ? undefined : "the server chose another protocol";
}

/** Reads the answer to a handshake. Hands on what came behind it. */
class Handshake {
  readonly #key: string;
  readonly #protocol: string | undefined;
  #head = Buffer.alloc(0);

  constructor(key: string, protocol: string | undefined) {
    this.#key = key;
    this.#protocol = protocol;
  }

  /** What came behind the headers, or nothing while they are not whole. @throws Error for a refusal. */
  push(bytes: Buffer): Buffer | undefined {
    this.#head = Buffer.concat([this.#head, bytes]);
    const end = this.#head.indexOf("\r\n\r\n");
    if (end < 0 && this.#head.length > HANDSHAKE_MAX_BYTES) throw new Error("handshake: no end of the headers");
    if (end < 0) return undefined;
    const wrong = refusal(this.#head.toString("latin1", 0, end), this.#key, this.#protocol);
    if (wrong !== undefined) throw new Error(`handshake: ${wrong}`);
    return this.#head.subarray(end + 4);
  }
}

/**
 * Connects and resolves once the handshake is through. Bytes that came with its answer go to
 * `onBytes` before the caller has its socket.
 * `onClose` is called once, whoever hangs up. No `localAddress`: binding before connecting is several times slower.
 *
 * @throws Error when there is no connection, or no handshake within 15 s.
 */
export function openRawSocket(
  target: SocketTarget,
  onBytes: OnBytes,
  onClose: (why: string) => void,
): Promise<RawSocket> {
  return new Promise((resolve, reject) => {
    const key = randomBytes(16).toString("base64");
    const handshake = new Handshake(key, target.protocol);
    let open = false;
    let why = "hung up";

    function shake(bytes: Buffer): void {
      const rest = handshake.push(bytes);
      if (rest === undefined) return;
      open = true;
      clearTimeout(timer);
      resolve({
        send: (payload) => void socket.write(maskedFrame(OPCODE.binary, payload)),
        pong: (payload) => void socket.write(maskedFrame(OPCODE.pong, payload)),
        write: (bytes) => void socket.write(bytes),
        pause: () => void socket.pause(),
        resume: () => void socket.resume(),
        destroy: () => void socket.destroy(),
      });
      if (rest.length > 0) onBytes(rest, rest.length);
    }

    function read(bytes: Buffer, length: number): void {
      try {
        if (open) onBytes(bytes, length);
        else shake(bytes.subarray(0, length));
      } catch (error) {
        socket.destroy(error instanceof Error ? error : new Error(String(error)));
      }
    }

    const socket = connect({
      host: target.host,
      port: target.port,
      noDelay: true,
      onread: {
        buffer: shared,
        callback: (length, bytes) => {
          read(bytes as Buffer, length);
          return true;
        },
      },
    });
    const timer = setTimeout(() => socket.destroy(new Error("no handshake in time")), HANDSHAKE_MAX_MS);
    socket.once("connect", () => socket.write(request(target, key)));
    socket.once("error", (error) => {
      why = error.message;
    });
    socket.once("close", () => {
      clearTimeout(timer);
      reject(new Error(why));
      if (open) onClose(why);
    });
  });
}
