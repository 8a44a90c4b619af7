/** Times at which an expression is evaluated, in Unix milliseconds. */
export interface Steps {
  readonly start: number;
  readonly stepMillis: number;
  /** At least 1. */
  readonly count: number;
}

/** Steps from `start` to `end` at most; `undefined` if `end` is before `start`. */
export function stepsBetween(start: number, end: number, stepMillis: number): Steps | undefined {
  if (end < start) return undefined;
  return { start, stepMillis, count: Math.floor((end - start) / stepMillis) + 1 };
}
