/** One WebSocket, as much of it as the client needs. */
export interface Socket {
  send(data: Uint8Array | string): void;
  close(code: number, reason: string): void;
}

export type SocketEvents = {
  readonly onOpen: () => void;
  /** Bytes of a binary frame or text of a text frame. */
  readonly onMessage: (data: Uint8Array | string) => void;
  /** Once, also where the connection was never opened (code 1006). */
  readonly onClose: (code: number, reason: string) => void;
};

/** Begins to open a WebSocket. @throws nothing: a failure arrives as onClose. */
export type SocketFactory = (url: string, protocol: string, events: SocketEvents) => Promise<Socket>;

/** The largest frame taken from a server, bytes. Servers keep to 64 KiB; a larger one ends the connection. */
const IN_MAX_BYTES = 1024 * 1024;

/** The platform's own WebSocket, or in a Node without one the package `ws`. */
export const platformSocket: SocketFactory = async (url, protocol, events) => {
  const native: unknown = Reflect.get(globalThis, "WebSocket");
  return typeof native === "function"
    ? nativeSocket(native as NativeConstructor, url, protocol, events)
    : await wsSocket(url, protocol, events);
};

type NativeConstructor = new (url: string, protocols: string[]) => NativeSocket;
type NativeSocket = {
  binaryType: string;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  send(data: Uint8Array | string): void;
  close(code?: number, reason?: string): void;
};

function nativeSocket(Native: NativeConstructor, url: string, protocol: string, events: SocketEvents): Socket {
  const socket = new Native(url, [protocol]);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => events.onOpen();
  socket.onmessage = ({ data }) => events.onMessage(data instanceof ArrayBuffer ? new Uint8Array(data) : String(data));
  socket.onclose = ({ code, reason }) => events.onClose(code, reason);
  return {
    send: (data) => socket.send(data),
    close: (code, reason) => socket.close(browserMayClose(code) ? code : 1000, reason),
  };
}

async function wsSocket(url: string, protocol: string, events: SocketEvents): Promise<Socket> {
  const { WebSocket } = await import("ws");
  const socket = new WebSocket(url, [protocol], { perMessageDeflate: false, maxPayload: IN_MAX_BYTES });
  socket.on("open", () => events.onOpen());
  socket.on("message", (data, isBinary) => {
    const bytes = Array.isArray(data) ? Buffer.concat(data) : new Uint8Array(data);
    events.onMessage(isBinary ? bytes : new TextDecoder().decode(bytes));
  });
  socket.on("close", (code, reason) => events.onClose(code, reason.toString()));
  // Every error is followed by "close", which says the same to us.
  socket.on("error", () => {});
  return {
    send: (data) => socket.send(data),
    close(code, reason) {
      if (socket.readyState === WebSocket.OPEN) socket.close(code, reason);
      else socket.terminate();
    },
  };
}

/** Browsers let a page send only these. */
function browserMayClose(code: number): boolean {
  return code === 1000 || (code >= 3000 && code <= 4999);
}
