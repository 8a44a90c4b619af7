// How a store is opened.

/** What a store is opened with. */
export interface StoreOptions {
  /** A file, or `:memory:`. */
  readonly path: string;
  /** Reads what others write. */
  readonly readOnly?: boolean;
  /** Time between two collections, of which 60 are sealed together; a minute unless told. */
  readonly intervalMillis?: number;
  /** How long collections and samples are kept, in milliseconds; 30 days unless told. */
  readonly metricsMillis?: number;
  /** How long events are kept, in milliseconds; 7 days unless told. */
  readonly eventsMillis?: number;
  /** Beyond it what is oldest goes; 1 GiB unless told. */
  readonly maxBytes?: number;
  /** Told what the user should know, in a sentence. */
  readonly warn?: (message: string) => void;
  /** Asked amid long work that can be done another time: whether the process is about to end. */
  readonly isEnding?: () => boolean;
  /** The time, in milliseconds since the epoch. */
  readonly now?: () => number;
}

/** The options with their defaults. */
export type StoreSettings = Required<StoreOptions>;

const DAY = 86_400_000;

/** The options with their defaults. */
export function storeSettings(options: StoreOptions): StoreSettings {
  return {
    readOnly: false,
    intervalMillis: 60_000,
    metricsMillis: 30 * DAY,
    eventsMillis: 7 * DAY,
    maxBytes: 2 ** 30,
    warn: () => {},
    isEnding: () => false,
    now: Date.now,
    ...options,
  };
}
