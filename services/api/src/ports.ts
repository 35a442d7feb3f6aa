import type { Bus } from "@guildhall/bus";
import type { Clock } from "@guildhall/kernel";
import type { Presence } from "@guildhall/presence";
import type { Registry } from "@guildhall/telemetry";
import type { Log } from "@guildhall/telemetry/log";
import type { JSONWebKeySet, Signer } from "@guildhall/token";

/** Whether this process can serve, and what that rests on, by name. */
export type ReadyState = { readonly ok: boolean; readonly checks: Readonly<Record<string, boolean>> };

/** Whoever runs the installation, as opposed to the people on it. */
export interface Operator {
  /**
   * Exchanges the one-time code for the operator's key, which is shown this once.
   * Nothing: the code is wrong, used, or its time has passed.
   * @throws AppError `UNAVAILABLE` when the key cannot be kept; the code then still holds.
   */
  redeem(code: string): Promise<string | undefined>;

  /** Whether this is the operator's key. Takes the same time whatever the answer. */
  check(key: string): boolean;
}

export type ApiPorts = {
  readonly bus: Bus;
  readonly presence: Presence;
  readonly registry: Registry;
  readonly log: Log;
  readonly clock: Clock;
  readonly keys: {
    readonly signer: Signer;
    /** Every key that may be in use, for those who verify. */
    readonly jwks: () => JSONWebKeySet | Promise<JSONWebKeySet>;
  };
  readonly ready: () => Promise<ReadyState>;
  readonly operator: Operator;
};
