import { type Handler, rowKey } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import type { EndDevicesArgs } from "@guildhall/proto";
import { PERSONS } from "../person/tables.ts";
import { othersLive, requireAllNamed } from "./live-devices.ts";
import { DEVICES } from "./tables.ts";

/**
 * `device.end`: ends the sign-ins on `devs`: their refresh tokens no longer hold, and their sockets are closed.
 * What has ended already stays as it is.
 * @throws AppError `NOT_FOUND` for a device never signed in on; `STALE_VERSION` when with `keep` another device is
 *   signed in that `devs` does not name.
 */
export const endDevices: Handler<EndDevicesArgs> = {
  reads: ({ devs }, ctx) => [rowKey(PERSONS, ctx.g), ...devs.map((dev) => rowKey(DEVICES, ctx.g, dev))],
  run(tx, { devs, keep }, ctx) {
    const person = tx.get(PERSONS, ctx.g);
    if (person === undefined) throw new AppError("NOT_FOUND", "no such person");
    if (keep !== undefined) requireAllNamed(othersLive(person.devices, keep, ctx.nowMs), devs);
    const ended = new Set<string>();
    for (const dev of devs) {
      const row = tx.get(DEVICES, ctx.g, dev);
      if (row === undefined) throw new AppError("NOT_FOUND", "no such device");
      if (row.ended || dev === keep) continue;
      tx.put(DEVICES, { ...row, ended: true });
      ended.add(dev);
    }
    if (ended.size > 0) tx.put(PERSONS, { ...person, devices: person.devices.filter(([dev]) => !ended.has(dev)) });
  },
};
