import { until } from "@guildhall/testkit";
import type { Lateness } from "./lateness.ts";
import type { Revoked } from "./revocable.ts";

/** The close code of a sign-in that has ended. */
const AUTH_CHANGED = 4101;

/** What became of devices that were signed out. */
export type Outcome = { readonly latenesses: readonly Lateness[]; readonly violations: readonly string[] };

/** Waits until the server has closed them, `maxMs` at most, and says what each came to. */
export async function outcomeOf(revoked: readonly Revoked[], during: string, maxMs: number): Promise<Outcome> {
  // Whoever is not closed by then is told of below.
  await until(() => revoked.every(({ listener }) => listener.ended !== undefined), maxMs).catch(() => undefined);
  const violations = revoked.flatMap(({ way, listener: { ended, events } }) => {
    const what = `${way}, ${during}`;
    if (events === 0) return [`${what}: the device had been sent nothing before`];
    if (ended === undefined) return [`${what}: the socket was still open after ${maxMs} ms`];
    return ended.code === AUTH_CHANGED ? [] : [`${what}: closed with ${ended.code ?? "no code"}`];
  });
  return { latenesses: revoked.map(latenessOf), violations };
}

function latenessOf({ listener: { newestAtMs, ended }, ackedAtMs, ackedMonotonicMs }: Revoked): Lateness {
  return {
    lateMs: Math.max(0, newestAtMs - ackedAtMs),
    closedMs: ended === undefined ? Number.POSITIVE_INFINITY : ended.atMs - ackedMonotonicMs,
  };
}
