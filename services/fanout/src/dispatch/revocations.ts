import { DEVICES, type DeviceRow } from "@guildhall/person";
import type { Entry, Revocation, RevocationReason } from "@guildhall/proto";

/** Commands that may end sign-ins, and what they say of it. */
const REASONS: ReadonlyMap<string, RevocationReason> = new Map([
  ["device.end", "ended"],
  ["device.renew", "reuse"],
  ["password.change", "password"],
]);

/** The sign-ins that these entries ended. Cheap where there are none: it is asked of every record. */
export function revocationsIn(entries: readonly Entry[]): Revocation[] {
  const found: Revocation[] = [];
  for (const { k, g, at, w } of entries) {
    const why = REASONS.get(k);
    if (why === undefined) continue;
    const devs = w
      .map(([table, , row]) => (table === DEVICES.name ? (row as DeviceRow | null) : null))
      .flatMap((row) => (row?.ended === true ? [row.dev] : []));
    if (devs.length > 0) found.push({ u: g, devs, at, why });
  }
  return found;
}
