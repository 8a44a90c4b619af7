/** End of a part that has begun. */
export interface RunningEnd {
  /** Ends its work in this turn. */
  readonly stop: () => void;
  /** Ends the rest, and writes the state. */
  readonly close: () => Promise<void>;
}
