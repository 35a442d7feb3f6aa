import { AppError } from "@guildhall/kernel";
import type { Socket } from "../session/socket.ts";

/** The part of uWebSockets.js that is used; its own type file lacks some of it. */
export type Uws = {
  App(): UwsApp;
  SSLApp(files: { readonly cert_file_name: string; readonly key_file_name: string }): UwsApp;
  readonly LIBUS_LISTEN_EXCLUSIVE_PORT: number;
  us_listen_socket_close(listening: UwsListening): void;
  us_socket_local_port(listening: UwsListening): number;
};

/** A native listening socket; opaque. */
export type UwsListening = { readonly listening: unique symbol };
/** A native socket context; opaque. */
export type UwsContext = { readonly context: unique symbol };

export type UwsApp = {
  ws<Data extends object>(pattern: string, behavior: UwsBehavior<Data>): UwsApp;
  any(pattern: string, handler: (res: UwsResponse, req: UwsRequest) => void): UwsApp;
  /** `options` 0: the port may be shared. The callback gets `false` when listening failed. */
  listen(host: string, port: number, options: number, done: (listening: UwsListening | false) => void): UwsApp;
  /** Cuts every connection. */
  close(): UwsApp;
};

/** Valid only inside the callback that was given it. */
export type UwsRequest = {
  getUrl(): string;
  /** Lower case. */
  getMethod(): string;
  /** Names in lower case, repeated headers once each. */
  forEach(each: (name: string, value: string) => void): void;
};

/** Valid until it has ended or was aborted. */
export type UwsResponse = {
  /** 4 bytes, or 16; none of a socket that is gone. */
  getRemoteAddress(): ArrayBuffer;
  writeStatus(status: string): UwsResponse;
  writeHeader(name: string, value: string): UwsResponse;
  end(body: string, closeConnection: boolean): UwsResponse;
  onAborted(aborted: () => void): UwsResponse;
  upgrade(data: object, key: string, protocol: string, extensions: string, context: UwsContext): void;
};

/** `Data` is copied onto the socket when it opens; `getUserData` gives the socket itself. */
export type UwsSocket<Data extends object> = Socket & { getUserData(): Data };

export type UwsBehavior<Data extends object> = {
  readonly maxPayloadLength: number;
  readonly maxBackpressure: number;
  readonly closeOnBackpressureLimit: boolean;
  readonly idleTimeout: number;
  readonly sendPingsAutomatically: boolean;
  readonly compression: number;
  upgrade(res: UwsResponse, req: UwsRequest, context: UwsContext): void;
  open(socket: UwsSocket<Data>): void;
  /** `bytes` is lent for the length of the callback. */
  message(socket: UwsSocket<Data>, bytes: ArrayBuffer, binary: boolean): void;
  /** Called once the pong is on its way. */
  ping(socket: UwsSocket<Data>): void;
  /** `bytes` is lent for the length of the callback. */
  pong(socket: UwsSocket<Data>, bytes: ArrayBuffer): void;
  drain(socket: UwsSocket<Data>): void;
  dropped(socket: UwsSocket<Data>, bytes: ArrayBuffer, binary: boolean): void;
  /** `message` is lent: the client's reason, or with 1006 the library's. */
  close(socket: UwsSocket<Data>, code: number, message: ArrayBuffer): void;
};

/** What to do when there is no binary for this machine. */
const NOT_LOADED =
  `uWebSockets.js has no binary that runs here (Node ${process.version}, ${process.platform} ${process.arch}): ` +
  'use Node 20, or Node 22 or 24 on glibc 2.38 or later, or set "uWebSockets.js" in services/gateway/package.json ' +
  "to github:uNetworking/uWebSockets.js#<tag>";

/** @throws AppError `INTERNAL` with one sentence on what to do when the binary does not load. */
export async function loadUws(load: () => Promise<unknown> = () => import("uWebSockets.js")): Promise<Uws> {
  try {
    const module = (await load()) as { readonly default: Uws };
    return module.default;
  } catch (cause) {
    throw new AppError("INTERNAL", NOT_LOADED, { cause });
  }
}
