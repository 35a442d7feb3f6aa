import { type Handler, rowKey } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import type { OpenDeviceArgs } from "@guildhall/proto";
import { CREDENTIALS, PERSONS } from "../person/tables.ts";
import { othersLive } from "./live-devices.ts";
import { DEVICES, DEVICES_MAX, type DeviceRow, endsAtMs } from "./tables.ts";

/**
 * `device.open`: a sign-in, in place of any before on this device. A repeat with the same token changes
 * nothing. The time of a password given there earlier is kept unless that sign-in was ended.
 * @throws AppError `NOT_FOUND` for no person; `UNAUTHENTICATED` when the password that was checked has been
 *   changed since; `QUOTA` when DEVICES_MAX others are signed in.
 */
export const openDevice: Handler<OpenDeviceArgs> = {
  reads: ({ dev }, ctx) => [rowKey(PERSONS, ctx.g), rowKey(CREDENTIALS, ctx.g), rowKey(DEVICES, ctx.g, dev)],
  run(tx, { dev, app, refresh, password, secret }, ctx) {
    const person = tx.get(PERSONS, ctx.g);
    if (person === undefined) throw new AppError("NOT_FOUND", "no such person");
    const before = tx.get(DEVICES, ctx.g, dev);
    if (isRepeat(before, refresh)) return;
    if (secret !== undefined && tx.get(CREDENTIALS, ctx.g)?.secret !== secret) {
      throw new AppError("UNAUTHENTICATED", "password changed meanwhile");
    }
    const others = othersLive(person.devices, dev, ctx.nowMs);
    if (others.length >= DEVICES_MAX) throw new AppError("QUOTA", "too many devices");
    const row: DeviceRow = {
      u: ctx.g,
      dev,
      app,
      at: ctx.nowMs,
      seen: ctx.nowMs,
      refresh,
      previous: "",
      password: password ? ctx.nowMs : lastPassword(before),
      ended: false,
    };
    tx.put(DEVICES, row);
    tx.put(PERSONS, { ...person, devices: [...others, [dev, endsAtMs(row)]] });
  },
};

/** Also once the token has been renewed: a late copy must not bring it back. */
function isRepeat(before: DeviceRow | undefined, refresh: string): boolean {
  return before !== undefined && !before.ended && [before.refresh, before.previous].includes(refresh);
}

function lastPassword(before: DeviceRow | undefined): number {
  return before === undefined || before.ended ? 0 : before.password;
}
