import { AppError } from "@guildhall/kernel";
import type { LiveDevice } from "../person/tables.ts";

/** The devices besides `dev` that are still signed in. */
export function othersLive(devices: readonly LiveDevice[], dev: string, nowMs: number): LiveDevice[] {
  return devices.filter(([other, until]) => other !== dev && until >= nowMs);
}

/** @throws AppError `STALE_VERSION` when one of `live` is not among `devs`: it signed in after they were listed. */
export function requireAllNamed(live: readonly LiveDevice[], devs: readonly string[]): void {
  const named = new Set(devs);
  if (!live.every(([dev]) => named.has(dev))) throw new AppError("STALE_VERSION", "another device signed in meanwhile");
}
