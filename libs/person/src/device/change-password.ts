import { type Handler, rowKey, type Tx } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import type { ChangePasswordArgs } from "@guildhall/proto";
import { CREDENTIALS, PERSONS } from "../person/tables.ts";
import { othersLive, requireAllNamed } from "./live-devices.ts";
import { DEVICES, type DeviceRow, endsAtMs } from "./tables.ts";

/**
 * `password.change`: puts `secret` in the place of `was`, gives `dev` a new refresh token and ends every other
 * device, all in one record. A repeat changes nothing. The refresh token `dev` had counts as exchanged: used
 * again it ends the device.
 * @throws AppError `UNAUTHENTICATED` when `dev` is not signed in; `CONFLICT` when the password is no longer `was`;
 *   `STALE_VERSION` when another device is signed in that `others` does not name.
 */
export const changePassword: Handler<ChangePasswordArgs> = {
  reads: ({ dev, others }, ctx) => [
    rowKey(PERSONS, ctx.g),
    rowKey(CREDENTIALS, ctx.g),
    ...[dev, ...others].map((one) => rowKey(DEVICES, ctx.g, one)),
  ],
  run(tx, { was, secret, dev, refresh, others }, ctx) {
    const person = tx.get(PERSONS, ctx.g);
    const credential = tx.get(CREDENTIALS, ctx.g);
    const row = tx.get(DEVICES, ctx.g, dev);
    if (person === undefined || row === undefined || !isLive(row, ctx.nowMs)) {
      throw new AppError("UNAUTHENTICATED", "device is not signed in");
    }
    if (credential?.secret === secret && row.refresh === refresh) return;
    if (credential?.secret !== was) throw new AppError("CONFLICT", "password changed meanwhile");
    requireAllNamed(othersLive(person.devices, dev, ctx.nowMs), others);
    for (const other of others) if (other !== dev) endDevice(tx, ctx.g, other);
    const kept = { ...row, refresh, previous: row.refresh, seen: ctx.nowMs, password: ctx.nowMs };
    tx.put(DEVICES, kept);
    tx.put(CREDENTIALS, { ...credential, secret });
    tx.put(PERSONS, { ...person, devices: [[dev, endsAtMs(kept)]] });
  },
};

function isLive(row: DeviceRow, nowMs: number): boolean {
  return !row.ended && endsAtMs(row) >= nowMs;
}

function endDevice(tx: Tx, u: number, dev: string): void {
  const row = tx.get(DEVICES, u, dev);
  if (row !== undefined && !row.ended) tx.put(DEVICES, { ...row, ended: true });
}
