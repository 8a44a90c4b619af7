/** A range in seconds since the epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The range before, which is as long. */
export function spanBefore({ from, to }: Span): Span {
  return { from: from - (to - from), to: from };
}
