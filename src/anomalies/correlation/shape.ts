// The movement of a series within the window.

/** The values of a series in the window. */
export interface Shape {
  /** Values of the cells of the window; NaN if a cell has none. */
  readonly values: Float64Array;
  /** Mean of the values before the window. */
  readonly usual: number;
}

/** A series that left its usual level within the window, and may have returned. */
export interface Excursion {
  readonly direction: "up" | "down";
  /** Mean of the values that are closer to the farthest one than to the usual level, divided by the usual level. */
  readonly factor: number;
  /** The first of them, as cell of the window. */
  readonly cell: number;
}

const MIN_VALUES = 4;

/** The shape of a column in its last `windowCells` cells. `undefined` if it has too few values, or does not move there. */
export function shapeOf(column: Float64Array, windowCells: number): Shape | undefined {
  const start = column.length - windowCells;
  const { low, high, count } = rangeOf(column, start);
  if (count < MIN_VALUES || low === high) return undefined;
  return { values: column.slice(start), usual: rangeOf(column, 0, start).mean };
}

/**
 * The share of the target's movement that a straight line of the other series explains, from 0 to 1. The share that any series
 * explains by chance is subtracted (adjusted R²; Ezekiel, "Methods of Correlation Analysis", 1930).
 */
export function explainedBy(target: Shape, other: Shape): number {
  let [count, mean, otherMean, squares, otherSquares, products] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < target.values.length; i++) {
    const [value, otherValue] = [target.values[i]!, other.values[i]!];
    if (Number.isNaN(value) || Number.isNaN(otherValue)) continue;
    count++;
    const [step, otherStep] = [value - mean, otherValue - otherMean];
    mean += step / count;
    otherMean += otherStep / count;
    squares += step * (value - mean);
    otherSquares += otherStep * (otherValue - otherMean);
    products += step * (otherValue - otherMean);
  }
  if (count < MIN_VALUES) return 0;
  const explained = (products / Math.sqrt(squares) / Math.sqrt(otherSquares)) ** 2;
  const adjusted = 1 - ((1 - explained) * (count - 1)) / (count - 2);
  return adjusted > 0 ? adjusted : 0;
}

/** The part of a shape that is away from its usual level. */
export function excursionOf({ values, usual }: Shape): Excursion {
  const { low, high } = rangeOf(values, 0, values.length);
  const isRise = high - usual > usual - low;
  const middle = (usual + (isRise ? high : low)) / 2;
  const isOut = (value: number): boolean => (isRise ? value >= middle : value <= middle);
  const factor = rangeOf(values.filter(isOut), 0).mean / usual;
  return {
    direction: isRise ? "up" : "down",
    factor: factor >= 0 ? factor : Infinity,
    cell: values.findIndex(isOut),
  };
}

function rangeOf(
  values: Float64Array,
  from: number,
  to: number = values.length,
): { readonly low: number; readonly high: number; readonly mean: number; readonly count: number } {
  let [low, high, mean, count] = [Infinity, -Infinity, 0, 0];
  for (let i = from; i < to; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    count++;
    mean += value / count - mean / count;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high, mean, count };
}
