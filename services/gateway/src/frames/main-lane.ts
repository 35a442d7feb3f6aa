import { AppError } from "@guildhall/kernel";
import { MAIN_LANE } from "../delivery/lanes.ts";

/** @throws AppError `UNSUPPORTED` for any lane but the main one. */
export function requireMainLane(l: number | undefined): void {
  if (l !== undefined && l !== MAIN_LANE) throw new AppError("UNSUPPORTED", `lane ${l}`);
}
