import type { Query } from "@guildhall/entity";
import type { PinsList, PinsListArgs, PinView } from "@guildhall/proto";
import { seesSpeakers } from "../voice/sight.ts";
import { PINS } from "./tables.ts";

const MAIN_LANE = 0;

/** `pins.list`: what is pinned, in the order it was. Who pinned it as the group only those see who may. */
export const listPins: Query<PinsListArgs> = async (reader, _, { g, actor, nowMs }): Promise<PinsList> => {
  const pins = (await reader.get(PINS, g, MAIN_LANE))?.list ?? [];
  if (!pins.some(isVeiled) || (await seesSpeakers(reader, g, actor, nowMs))) return { pins };
  return { pins: pins.map((pin) => (isVeiled(pin) ? { ...pin, by: 0 } : pin)) };
};

function isVeiled({ gr }: PinView): boolean {
  return gr === 1;
}
