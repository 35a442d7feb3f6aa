import type { Query } from "@guildhall/entity";
import type { DeviceGetArgs, DeviceView } from "@guildhall/proto";
import { DEVICES, endsAtMs } from "./tables.ts";

/** `device.get`: a sign-in that has not ended, else zeros. */
export const getDevice: Query<DeviceGetArgs> = async (reader, { dev }, { g, nowMs }): Promise<DeviceView> => {
  const row = await reader.get(DEVICES, g, dev);
  if (row === undefined || row.ended || endsAtMs(row) < nowMs) return { at: 0, password: 0 };
  return { at: row.at, password: row.password };
};
