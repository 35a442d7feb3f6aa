import type { System } from "../cluster/system.ts";

/** How long a gateway is stopped or cut off, ms: longer than any event may still reach a device that is signed out. */
export const OUTAGE_MS = 6_000;

/** What happens to one gateway. */
export type Outage = {
  readonly name: string;
  readonly begin: (system: System, gateway: string) => void;
  readonly end: (system: System, gateway: string) => void;
};

export const OUTAGES: readonly Outage[] = [
  {
    name: "gateway stopped",
    begin: (system, gateway) => system.sleep(gateway),
    end: (system, gateway) => system.wake(gateway),
  },
  {
    name: "gateway half-open to NATS",
    begin: (system, gateway) => system.cutOff(gateway, "nats", false),
    end: (system) => system.rejoin("nats"),
  },
  {
    // What it is told meanwhile never arrives.
    name: "gateway cut off from NATS",
    begin: (system, gateway) => system.cutOff(gateway, "nats", true),
    end: (system) => system.rejoin("nats"),
  },
];
