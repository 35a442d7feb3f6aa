import { type Context, type Handler, rowKey, type Tx } from "@guildhall/entity";
import type { RenewDeviceArgs } from "@guildhall/proto";
import { PERSONS } from "../person/tables.ts";
import { othersLive } from "./live-devices.ts";
import { DEVICES, type DeviceRow, endsAtMs } from "./tables.ts";

/** `password`: when one was last given on the device; `at`: when the sign-in began; ms. */
export type Renewed = { readonly ok: true; readonly password: number; readonly at: number } | { readonly ok: false };

const REFUSED: Renewed = { ok: false };

/**
 * `device.renew`: exchanges a refresh token for the next, and answers with `Renewed`. A repeat is answered
 * as the first was. A token that was exchanged before ends the sign-in: one of its two users has stolen it.
 * The refusal is an answer and not an error, because an error would leave the sign-in as it was.
 */
export const renewDevice: Handler<RenewDeviceArgs> = {
  reads: ({ dev }, ctx) => [rowKey(PERSONS, ctx.g), rowKey(DEVICES, ctx.g, dev)],
  run(tx, { dev, from, to }, ctx): Renewed {
    const row = tx.get(DEVICES, ctx.g, dev);
    if (row === undefined || row.ended || endsAtMs(row) < ctx.nowMs) return REFUSED;
    if (to === row.refresh && from === row.previous) return { ok: true, password: row.password, at: row.at };
    if (from === row.refresh && to !== from) {
      keep(tx, ctx, { ...row, refresh: to, previous: from, seen: ctx.nowMs });
      return { ok: true, password: row.password, at: row.at };
    }
    if (from === row.previous) keep(tx, ctx, { ...row, ended: true });
    return REFUSED;
  },
};

function keep(tx: Tx, ctx: Context, row: DeviceRow): void {
  tx.put(DEVICES, row);
  const person = tx.get(PERSONS, ctx.g);
  if (person === undefined) return;
  const others = othersLive(person.devices, row.dev, ctx.nowMs);
  tx.put(PERSONS, { ...person, devices: row.ended ? others : [...others, [row.dev, endsAtMs(row)]] });
}
