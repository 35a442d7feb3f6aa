import { isIPv6 } from "node:net";
import { AppError } from "@guildhall/kernel";
import type { Presence } from "@guildhall/presence";
import type { ApiConfig, PerMinute } from "../config.ts";

/** What is counted, and against which setting. */
type Counted = "signUps" | "signIns" | "refreshes" | "signInsPerName";

/** @throws AppError `RATE_LIMITED` with the time after which one more is allowed. */
export type TakeTurn = (what: Counted, whose: string) => Promise<void>;

/** Counts in Presence, so that all api processes share the counts. */
export function rates(presence: Presence, config: ApiConfig): TakeTurn {
  return async (what, whose) => {
    const { perMinute, burst }: PerMinute = config[what];
    const { ok, retryAfterMs } = await presence.take(`api.${what}.${whose}`, { perSecond: perMinute / 60, burst });
    if (!ok) throw new AppError("RATE_LIMITED", what, { retryAfterMs });
  };
}

/** An address as one who is counted: of IPv6 the first 64 bits, because the rest is the sender's to choose. */
export function addressKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  return isIPv6(address) ? networkOf(address) : address;
}

function networkOf(address: string): string {
  const [plain = ""] = address.split("%", 1);
  const [head = "", tail] = plain.split("::", 2);
  const front = head === "" ? [] : head.split(":");
  const back = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length);
  const groups = [...front, ...Array<string>(zeros).fill("0"), ...back];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}
