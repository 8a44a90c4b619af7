/** Receiver of a facade's events. The facade calls `listens` first, so that events without hooks cost nothing. */
export interface EventSink {
  /** Whether a hook for `type`, or for every type, exists. */
  listens(type: string): boolean;
  /** Records an event of this type and calls its hooks. Never throws. */
  raise(type: string, data: Readonly<Record<string, unknown>>): void;
}
