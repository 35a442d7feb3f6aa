/** A lease ends this long after it was last held, ms. */
export const LEASE_TTL_MS = 5_000;

/**
 * Who holds a name for now. One holder a name, as long as it says so in time; whoever falls silent has lost it
 * after `LEASE_TTL_MS`. Only for spreading work: what must be exclusive needs a fence of its own.
 */
export interface Leases extends AsyncDisposable {
  /** Who this process is in the leases. */
  readonly holder: string;

  /**
   * Takes the name, or prolongs it. True: it is this holder's until `LEASE_TTL_MS` after the call began; whether it
   * was so all the time since the call before is not said. False: somebody else has it.
   * @throws AppError `UNAVAILABLE` when it cannot be known: what was held may still be.
   */
  hold(name: string): Promise<boolean>;

  /** Gives the name up at once, if it is this holder's. @throws AppError `UNAVAILABLE`: it then ends by itself. */
  release(name: string): Promise<void>;

  /** Names that are held, with their holders. @throws AppError `UNAVAILABLE` when it cannot be known. */
  held(): Promise<ReadonlyMap<string, string>>;

  /**
   * For how long nobody has held the name, ms, as far as the answers of `held` tell: time in which there was none
   * does not count. 0 while somebody holds it; Infinity when its holder gave it up and nobody has had it since, or
   * when it is certain that nobody ever had it.
   */
  freeForMs(name: string): number;

  /**
   * Calls `then` soon after somebody else has given a name up: a reason to look, no more; some may be missed. One
   * listener; the last that is set.
   */
  onReleased(then: (name: string) => void): void;
}
