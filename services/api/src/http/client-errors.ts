import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { AppError } from "@guildhall/kernel";
import type { ErrorCode } from "@guildhall/proto/tables";
import { problemOf } from "./problem.ts";

const KNOWN: ReadonlyMap<string, readonly [number, ErrorCode]> = new Map([
  ["HPE_HEADER_OVERFLOW", [431, "TOO_LARGE"]],
  ["HPE_CHUNK_EXTENSIONS_OVERFLOW", [413, "TOO_LARGE"]],
  ["ERR_HTTP_REQUEST_TIMEOUT", [408, "BAD_FRAME"]],
]);

/** Answers what is not HTTP, or came too slowly, and closes: the rest of the stream cannot be trusted. */
export function onClientError(error: { readonly code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const [status, code] = KNOWN.get(error.code ?? "") ?? [400, "BAD_FRAME"];
  const { headers, body } = problemOf(new AppError(code), status);
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}
