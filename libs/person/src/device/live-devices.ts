import type { LiveDevice } from "../person/tables.ts";

/** The devices besides `dev` that are still signed in. */
export function othersLive(devices: readonly LiveDevice[], dev: string, nowMs: number): LiveDevice[] {
  return devices.filter(([other, until]) => other !== dev && until >= nowMs);
}
