import type { ServerFrame } from "@guildhall/proto";
import type { Session } from "../session/session.ts";

/** Sends what may be left out: who reads too slowly is skipped. How many were sent it, and how many were skipped. */
export function tell(
  sessions: readonly Session[],
  frame: ServerFrame,
): { readonly sent: number; readonly skipped: number } {
  const encoded: { msgpack?: Uint8Array; json?: Uint8Array } = {};
  let sent = 0;
  let skipped = 0;
  // From the end: who is found closed is taken from the list meanwhile.
  for (let i = sessions.length - 1; i >= 0; i--) {
    const session = sessions[i];
    if (session === undefined) continue;
    if (session.out.full) {
      skipped++;
      continue;
    }
    encoded[session.encoding] ??= session.codec.encodeServer(frame);
    const bytes = encoded[session.encoding];
    if (bytes !== undefined && session.out.write(bytes)) sent++;
  }
  return { sent, skipped };
}
