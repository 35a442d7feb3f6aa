import { EVENT_FLAGS, type Event } from "@guildhall/proto";
import { decodeEvent, encodeEvent } from "@guildhall/wire";
import type { KeptEvent } from "./ring.ts";

/** What of an event everybody may see: all of it, unless it was said as the group in one that names nobody. */
export function veiled(event: KeptEvent): KeptEvent {
  if ((event.flags & EVENT_FLAGS.veiled) === 0) return event;
  event.veiled ??= { ...event, bytes: encodeEvent(veil(decodeEvent(event.bytes))), json: null };
  return event.veiled;
}

/** The same of an event that was decoded: it is changed. */
export function veil(event: Event): Event {
  if (event.gr === 1) delete event.by;
  return event;
}
