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
   * Takes the name, or prolongs it. True: it is this holder's until `LEASE_TTL_MS` after the call began. False:
   * somebody else has it.
   * @throws AppError `UNAVAILABLE` when it cannot be known.
   */
  hold(name: string): Promise<boolean>;

  /** Gives the name up at once, if it is this holder's. @throws AppError `UNAVAILABLE`: it then ends by itself. */
  release(name: string): Promise<void>;

  /** Names that are held, with their holders. @throws AppError `UNAVAILABLE` when it cannot be known. */
  held(): Promise<ReadonlyMap<string, string>>;
}
