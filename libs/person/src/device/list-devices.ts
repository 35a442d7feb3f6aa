import type { Query } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import type { DevicesList } from "@guildhall/proto";
import { PERSONS } from "../person/tables.ts";
import { DEVICES } from "./tables.ts";

/** `devices.list`: where somebody is signed in, at most DEVICES_MAX, the last renewed first. @throws AppError `NOT_FOUND`. */
export const listDevices: Query<object> = async (reader, _, { g, nowMs }): Promise<DevicesList> => {
  const person = await reader.get(PERSONS, g);
  if (person === undefined) throw new AppError("NOT_FOUND", "no such person");
  const live = person.devices.filter(([, until]) => until >= nowMs);
  const rows = await Promise.all(live.map(([dev]) => reader.get(DEVICES, g, dev)));
  const devices = rows.flatMap((row) =>
    row === undefined || row.ended ? [] : [{ dev: row.dev, app: row.app, at: row.at, seen: row.seen }],
  );
  return { devices: devices.sort((a, b) => b.seen - a.seen) };
};
