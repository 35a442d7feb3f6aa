import { LIMITS } from "@guildhall/proto/tables";
import { defineTable } from "@guildhall/store";

/** A device somebody has signed in on. The row stays when the sign-in ends. */
export type DeviceRow = {
  readonly u: number;
  readonly dev: string;
  readonly app: string;
  /** When the sign-in began, and when its refresh token was last renewed, ms. */
  readonly at: number;
  readonly seen: number;
  /** Hash of the refresh token that is good, and of the one before it, "" for none. */
  readonly refresh: string;
  readonly previous: string;
  /** When a password was last given there, ms; 0 never. */
  readonly password: number;
  readonly ended: boolean;
};

export const DEVICES = defineTable<DeviceRow>({
  name: "devices",
  partition: ["u"],
  clustering: ["dev"],
  columns: {
    u: "int",
    dev: "text",
    app: "text",
    at: "int",
    seen: "int",
    refresh: "text",
    previous: "text",
    password: "int",
    ended: "bool",
  },
});

/** Devices of one person that are signed in at a time. */
export const DEVICES_MAX = LIMITS.devicesMax;

/** When the sign-in ends unless it is renewed before. */
export function endsAtMs({ at, seen }: Pick<DeviceRow, "at" | "seen">): number {
  return Math.min(at + LIMITS.refreshTokenMs, seen + LIMITS.refreshIdleMs);
}
