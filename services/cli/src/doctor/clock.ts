import { type Finding, ok, warn, wrong } from "./finding.ts";

/** Tokens, nonces and leases bear two seconds; half a second says that nobody keeps the clocks together. */
const WRONG_MS = 2_000;
const WARN_MS = 500;

/** A server's clock less ours, ms, and how far wrong that may be. */
export type Ahead = { readonly ms: number; readonly within: number };

/** Judges one server's clock by the least difference there can be. */
export function judgeClock(name: string, ahead: Ahead | undefined): Finding {
  if (ahead === undefined) return ok(`clock of ${name}: cannot be seen from here`);
  const leastMs = Math.max(0, Math.abs(ahead.ms) - ahead.within);
  const words = `clock of ${name}: ${Math.round(Math.abs(ahead.ms))} ms ${ahead.ms < 0 ? "behind" : "ahead of"} this machine's (± ${Math.ceil(ahead.within)} ms)`;
  const mend = "keep all machines' clocks together with chrony or ntpd (chronyc tracking)";
  if (leastMs > WRONG_MS) return wrong(words, mend);
  return leastMs > WARN_MS ? warn(words, mend) : ok(words);
}
