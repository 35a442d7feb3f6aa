/** The library looks every 4 s, and takes no less than 8 s and no more than 16 minutes. */
const STEP_S = 4;
const MIN_S = 8;
const MAX_S = 960;
/** Our own sweep comes first: it says why it closes. */
const SPARE_S = 8;

/**
 * The library's idle timeout, s, where whoever is silent for `silentMaxMs` is closed by us. It is never the first to
 * close, and ends what is left: a socket that was closed and whose other side takes a little now and then. One that
 * takes nothing the library cuts 16 s after the close.
 */
export function idleTimeoutS(silentMaxMs: number): number {
  const wantedS = Math.ceil((silentMaxMs / 1_000 + SPARE_S) / STEP_S) * STEP_S;
  return Math.min(MAX_S, Math.max(MIN_S, wantedS));
}
