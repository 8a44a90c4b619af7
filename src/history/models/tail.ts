// The tail of a statistic: the probability of values above one that was seen.

/** A generalized Pareto distribution above a quantile: Coles, "An Introduction to Statistical Modeling of Extreme Values". */
export interface Tail {
  /** Exceeded with probability 0.05. */
  readonly rare: number;
  /** Scale of the values above. */
  readonly width: number;
  /** 0 for an exponential tail; the more, the heavier. */
  readonly shape: number;
}

const RARE = 0.05;
// The quantiles beyond `rare` that determine width and shape. Fewer outliers than the last one do not change the tail.
const RARER = 0.01;
const RAREST = 0.001;
// A sample does not show that a tail is lighter.
const MIN_SHAPE = 0.03;
const MAX_SHAPE = 1;

/** The tail of a sample of a statistic, which is at least 0. */
export function tailOf(statistics: Float64Array): Tail {
  const sorted = statistics.toSorted();
  const quantile = (probability: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor((1 - probability) * sorted.length))] ?? 0;
  const rare = quantile(RARE);
  const [near, far] = [quantile(RARER) - rare, quantile(RAREST) - rare];
  let [low, high] = [MIN_SHAPE, MAX_SHAPE];
  for (let i = 0; i < 30; i++) {
    const middle = (low + high) / 2;
    if (excess(middle, RAREST) / excess(middle, RARER) < far / near) low = middle;
    else high = middle;
  }
  return { rare, width: near / excess(low, RARER), shape: low };
}

/** The probability that the statistic exceeds a value, at most 1. */
export function tailProbability({ rare, width, shape }: Tail, statistic: number): number {
  if (!(statistic > rare)) return rare > 0 ? Math.min(1, 1 - ((1 - RARE) * statistic) / rare) : 1;
  if (!(width > 0)) return RARE;
  return RARE * (1 + (shape * (statistic - rare)) / width) ** (-1 / shape);
}

// Distance of a quantile beyond `rare`, in widths.
function excess(shape: number, probability: number): number {
  return ((RARE / probability) ** shape - 1) / shape;
}
