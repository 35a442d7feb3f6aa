import type { Size } from "../scenario.ts";

/** The bounds the server runs with. As many may be silent as the attack meets; the others are the defaults. */
export const SILENT_MAX = 1_500;
export const SILENT_PER_ADDRESS = 50;
export const SENDS_PER_10_S = 10;
export const SENDS_IN_GROUP_PER_5_S = 5;
/** Short, so that a stalled message ends within a round. */
export const HEARTBEAT_MS = 5_000;

/** The server's settings: the limits above, and many addresses from this machine. */
export const SETTINGS: Readonly<Record<string, string>> = {
  GUILDHALL_PROFILE: "default",
  GATEWAY_TRUST_PROXY: "loopback",
  GATEWAY_SILENT_MAX: String(SILENT_MAX),
  GATEWAY_SILENT_PER_ADDRESS: String(SILENT_PER_ADDRESS),
  GATEWAY_SENDS_PER_10_S: String(SENDS_PER_10_S),
  GATEWAY_SENDS_IN_GROUP_PER_5_S: String(SENDS_IN_GROUP_PER_5_S),
  GATEWAY_HEARTBEAT_MS: String(HEARTBEAT_MS),
};

export const ROUNDS: Readonly<Record<Size, number>> = { quick: 1, full: 3 };

/**
 * Sockets of each attack in a round. All of them together stay below 500 handshakes a second: above that a newcomer
 * is refused by the bound of the node, whoever it is.
 */
export const SILENT = 3_000;
export const SILENT_PER_S = 300;
export const HALF_OPEN = 300;
export const HALF_SENT = 200;
export const SLOW_HELLO = 100;
export const SLOW_SEND = 40;
export const STALLED = 40;
export const HOARD = 80;
export const FLOODERS = 20;
export const VANISHING_PER_S = 20;
/** How long floods and vanishing go on. */
export const ATTACK_MS = 14_000;

/** People whom the attacks take, in this order; nobody is in two of them. */
export const PEOPLE = { slowSend: SLOW_SEND, stalled: STALLED, commands: FLOODERS, pings: FLOODERS, vanish: 60 };
export const ATTACKERS = Object.values(PEOPLE).reduce((sum, count) => sum + count, 0);
