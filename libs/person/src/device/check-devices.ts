import type { Query } from "@guildhall/entity";
import type { DevicesCheck, DevicesCheckArgs } from "@guildhall/proto";
import { DEVICES, endsAtMs } from "./tables.ts";

/** `devices.check`: which of these sign-ins have not ended, for people of one partition. */
export const checkDevices: Query<DevicesCheckArgs> = async (reader, { d }, { nowMs }): Promise<DevicesCheck> => {
  const rows = await Promise.all(d.map(([u, dev]) => reader.get(DEVICES, u, dev)));
  return { at: rows.map((row) => (row === undefined || row.ended || endsAtMs(row) < nowMs ? 0 : row.at)) };
};
