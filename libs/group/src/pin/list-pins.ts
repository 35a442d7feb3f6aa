import type { Query } from "@guildhall/entity";
import type { PinsList, PinsListArgs } from "@guildhall/proto";
import { PINS } from "./tables.ts";

const MAIN_LANE = 0;

/** `pins.list`: what is pinned, in the order it was. */
export const listPins: Query<PinsListArgs> = async (reader, _, { g }): Promise<PinsList> => ({
  pins: (await reader.get(PINS, g, MAIN_LANE))?.list ?? [],
});
