import { anyTable, type Feature } from "@guildhall/entity";
import { getDevice } from "./get-device.ts";
import { openDevice } from "./open-device.ts";
import { renewDevice } from "./renew-device.ts";
import { DEVICES } from "./tables.ts";

/** Where somebody is signed in. */
export const device: Feature = {
  tables: [anyTable(DEVICES)],
  commands: { "device.open": openDevice, "device.renew": renewDevice },
  queries: { "device.get": getDevice },
};
