import type { Clock } from "@guildhall/kernel";
import type { Lead } from "@guildhall/proto";
import type { Log } from "@guildhall/telemetry/log";
import type { Appender } from "./append.ts";
import type { Reads } from "./prompt-reads.ts";
import type { Acked, Death, Voice } from "./records.ts";
import type { Refused } from "./refused.ts";

export type TermStart = {
  readonly p: number;
  readonly ep: number;
  readonly term: number;
  /** Position of the newest record; everything up to `stored` is in the store. */
  readonly position: number;
  readonly stored: number;
  /** What the newest record says of the nonces before. */
  readonly lead?: Lead;
};

export type TermPorts = {
  readonly reads: Reads;
  readonly append: Appender;
  readonly clock: Clock;
  readonly log: Log;
  readonly voice: Voice;
  /** What this process has refused, in this term and those before it. */
  readonly refused: Refused;
  /** Rows and nonces wait for the store beyond their bound: commands are refused until it catches up. */
  readonly behind: () => boolean;
  readonly storedPosition: () => number;
  readonly onAcked: (acked: Acked) => void;
  /** The term is over; it will do nothing more. */
  readonly onDead: (why: Death) => void;
};
