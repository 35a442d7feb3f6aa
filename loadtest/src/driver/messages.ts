import type { Latency } from "../report/latency.ts";
import type { Deliveries } from "./faults.ts";

/** Someone who connects. `dev` is 22 characters of base64url. */
export type Person = { readonly u: number; readonly access: string; readonly dev: string };

/** What is asked of one driver process. */
export type CrowdPlan = {
  readonly kind: "guildhall" | "bare";
  /** Where members connect to; several with commas between them: member by member one after the other (not bare). */
  readonly url: string;
  /** Each with people of its own. One where absent. */
  readonly groups?: number;
  /** Of each group, and those of them who speak. */
  readonly members: number;
  readonly senders: number;
  /** In flight, a sender. */
  readonly window: number;
  /** Length of a text. */
  readonly bytes: number;
  /** One a member, group by group; none for `bare`. */
  readonly people: readonly Person[];
};

export type ToDriver = { readonly kind: "setup"; readonly plan: CrowdPlan } | ({ readonly kind: "round" } & Pace);

/** How long is spoken. `rate`: messages a second, all senders of all groups together; 0: as fast as the window lets. */
export type Pace = { readonly seconds: number; readonly rate: number };

export type RoundResult = {
  readonly messages: number;
  readonly deliveries: Readonly<Deliveries>;
  /** From the first send to the last delivery. */
  readonly seconds: number;
  readonly delivery: Latency;
  readonly answer: Latency;
  readonly refused: number;
  /** Sent and never answered, or answered with another seq than members saw. */
  readonly unanswered: number;
  readonly astray: number;
  /** Connections lost since the start. */
  readonly closed: number;
  /** CPU time of the driver meanwhile: near `seconds`, it was the driver that was measured. */
  readonly driverCpuSeconds: number;
  readonly notes: readonly string[];
};

export type FromDriver =
  | { readonly kind: "ready"; readonly setupMs: number; readonly groups: readonly number[] }
  | { readonly kind: "progress"; readonly messages: number; readonly delivered: number }
  | { readonly kind: "result"; readonly result: RoundResult }
  | { readonly kind: "failed"; readonly why: string };
