import { anyTable, type Feature } from "@guildhall/entity";
import { changePassword } from "./change-password.ts";
import { checkDevices } from "./check-devices.ts";
import { endDevices } from "./end-devices.ts";
import { getDevice } from "./get-device.ts";
import { listDevices } from "./list-devices.ts";
import { openDevice } from "./open-device.ts";
import { renewDevice } from "./renew-device.ts";
import { DEVICES } from "./tables.ts";

/** Where somebody is signed in. */
export const device: Feature = {
  tables: [anyTable(DEVICES)],
  commands: {
    "device.open": openDevice,
    "device.renew": renewDevice,
    "device.end": endDevices,
    "password.change": changePassword,
  },
  queries: { "device.get": getDevice, "devices.list": listDevices, "devices.check": checkDevices },
};
