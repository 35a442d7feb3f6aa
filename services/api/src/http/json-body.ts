import { AppError } from "@guildhall/kernel";
import type { FastifyRequest } from "fastify";
import type { App } from "./server.ts";

export const BODY_MAX_BYTES = 64 * 1024;

const JSON_TYPE = /^application\/json(?:\s*;\s*charset="?utf-8"?)?\s*$/i;
const BYTE_ORDER_MARK = "\ufeff";
/** `ignoreBOM` keeps a byte order mark in the text, so that it can be refused. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Bodies are JSON in UTF-8 and nothing else. A `__proto__` key anywhere, or a `constructor` with a
 * `prototype`, is refused by the library's parser; unknown keys by each route's schema.
 */
export function acceptJsonOnly(app: App): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => {
    const text = textOf(body);
    if (text === undefined) done(new AppError("BAD_ARGS", "body is not plain UTF-8", { d: { path: "" } }));
    else void parse(request, text, done);
  });
}

/** The body as text; nothing where it is not UTF-8 or begins with a byte order mark, which JSON has no place for. */
function textOf(body: string | Buffer): string | undefined {
  try {
    const text = typeof body === "string" ? body : utf8.decode(body);
    return text.startsWith(BYTE_ORDER_MARK) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Refuses other kinds of body before any of it is read. @throws AppError `UNSUPPORTED`. */
export function checkBodyType({ headers }: FastifyRequest): void {
  if (headers["content-encoding"] !== undefined) throw new AppError("UNSUPPORTED", "content-encoding");
  if (!JSON_TYPE.test(headers["content-type"] ?? "")) throw new AppError("UNSUPPORTED", "content-type");
}
