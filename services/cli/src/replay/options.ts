export type ReplayOptions = {
  readonly api: string;
  /** Gateways; members are spread over them evenly. */
  readonly urls: readonly string[];
  readonly operatorKey: string;
  /** How many times as fast as it was; undefined: as fast as it goes. */
  readonly speed: number | undefined;
  /** Members who only listen. */
  readonly silent: number;
  /** Told now and then what is going on. */
  readonly progress: (text: string) => void;
};
