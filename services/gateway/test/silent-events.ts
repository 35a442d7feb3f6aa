import type { LaneEvents } from "../src/delivery/lane.ts";

/** For a lane whose telling is not looked at. */
export const SILENT: LaneEvents = {
  stirred() {},
  pending() {},
  permission() {},
  unsure() {},
  flush() {},
  removal() {},
  moved() {},
  wanting() {},
  expecting() {},
  repeated() {},
};
