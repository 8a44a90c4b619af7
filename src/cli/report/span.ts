// Ranges of time.

/** A range in seconds since the epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The previous range, of the same length. */
export function spanBefore({ from, to }: Span): Span {
  return { from: from - (to - from), to: from };
}
