// Division of a series into segments of constant level.

// Segments are at least this long, and at least this share of the series.
const MIN_LENGTH = 8;
const MIN_SHARE = 0.02;
// Penalty of a further segment, in units of the variance and the logarithm of the length. Low: each border is tested later.
const PENALTY = 1.5;

/**
 * The first indices of all segments but the first, by PELT: Killick, Fearnhead and Eckley, "Optimal detection of
 * changepoints with a linear computational cost" (2012).
 */
export function* segmentsOf(values: Float64Array): Generator<void, readonly number[]> {
  const count = values.length;
  const least = Math.max(MIN_LENGTH, Math.round(MIN_SHARE * count));
  const penalty = PENALTY * innovationVariance(values) * Math.log(count);
  const sums = new Float64Array(count + 1);
  const squares = new Float64Array(count + 1);
  for (const [i, value] of values.entries()) {
    sums[i + 1] = sums[i]! + value;
    squares[i + 1] = squares[i]! + value * value;
  }
  const costs = new Float64Array(count + 1).fill(Infinity);
  const previous = new Int32Array(count + 1);
  costs[0] = -penalty;
  let starts: number[] = [];
  for (let end = least; end <= count; end++) {
    starts.push(end - least);
    const costsOfStarts = starts.map((start) => {
      const sum = sums[end]! - sums[start]!;
      return costs[start]! + squares[end]! - squares[start]! - (sum * sum) / (end - start);
    });
    for (const [i, start] of starts.entries()) {
      const cost = costsOfStarts[i]! + penalty;
      if (cost < costs[end]!) [costs[end], previous[end]] = [cost, start];
    }
    starts = starts.filter((_, i) => costsOfStarts[i]! <= costs[end]!);
    yield;
  }
  const borders: number[] = [];
  for (let border = previous[count]!; border > 0; border = previous[border]!) borders.unshift(border);
  return borders;
}

// Half of the mean squared difference of neighbours: the variance, without level changes.
function innovationVariance(values: Float64Array): number {
  let sum = 0;
  for (let i = 1; i < values.length; i++) sum += (values[i]! - values[i - 1]!) ** 2;
  return sum / (2 * (values.length - 1));
}
