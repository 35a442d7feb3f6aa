import { AppError } from "@guildhall/kernel";
import type { Presence } from "@guildhall/presence";
import type { ApiConfig, PerMinute } from "../config.ts";

/** What is counted, and against which setting. */
export type Counted = "signUps" | "signIns" | "refreshes" | "signInsPerName" | "deviceCalls" | "deviceCallsPerPerson";

/** @throws AppError `RATE_LIMITED` with the time after which one more is allowed. */
export type TakeTurn = (what: Counted, whose: string) => Promise<void>;

/** Counts in Presence, so that all api processes share the counts. */
export function rates(presence: Presence, config: ApiConfig, refused: (what: Counted) => void): TakeTurn {
  return async (what, whose) => {
    const { perMinute, burst }: PerMinute = config[what];
    const { ok, retryAfterMs } = await presence.take(`api.${what}.${whose}`, { perSecond: perMinute / 60, burst });
    if (ok) return;
    refused(what);
    throw new AppError("RATE_LIMITED", what, { retryAfterMs });
  };
}
