import { anyTable, type Feature } from "@guildhall/entity";
import { listPins } from "./list-pins.ts";
import { pinMessage } from "./pin-message.ts";
import { PINS } from "./tables.ts";
import { unpinMessage } from "./unpin-message.ts";

/** Messages that stand out for everybody. */
export const pin: Feature = {
  tables: [anyTable(PINS)],
  commands: { "msg.pin": pinMessage, "msg.unpin": unpinMessage },
  queries: { "pins.list": listPins },
};
