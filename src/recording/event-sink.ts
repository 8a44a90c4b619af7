// How a facade tells others what it recorded, without knowing who listens.

/** Where a facade raises its events. A facade asks `listens` first, so that an unheard event costs nothing. */
export interface EventSink {
  /** Whether a hook for `type`, or for every type, exists. */
  listens(type: string): boolean;
  /** Records an event of this type and calls its hooks. Never throws. */
  raise(type: string, data: Readonly<Record<string, unknown>>): void;
}
