import { AppError, toBase64Url } from "@guildhall/kernel";
import { Event } from "@guildhall/proto";
import { mistakeIn, validatorFor } from "./check.ts";
import { copyOf, isMap, packToKeep, unpack } from "./msgpack.ts";

/** An event as clients get it, in MessagePack: encoded once for everybody. */
export function encodeEvent(event: Event): Uint8Array {
  return packToKeep(event);
}

/**
 * The event in `bytes`. Its nonce is a copy; byte strings inside `b` would be views.
 * @throws AppError `INTERNAL` when they are not an event.
 */
export function decodeEvent(bytes: Uint8Array): Event {
  const event = unpack(bytes);
  if (isMap(event) && event["n"] instanceof Uint8Array) event["n"] = copyOf(event["n"]);
  if (validatorFor(Event).Check(event)) return event as Event;
  const { path, message } = mistakeIn(Event, event);
  throw new AppError("INTERNAL", `not an event: ${path} ${message}`);
}

/** The same event as JSON text, its nonce as base64url. @throws AppError `INTERNAL` when `bytes` are not an event. */
export function eventToJson(bytes: Uint8Array): string {
  const event = decodeEvent(bytes);
  return JSON.stringify(event.n === undefined ? event : { ...event, n: toBase64Url(event.n) });
}
