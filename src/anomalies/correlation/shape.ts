// The movement of a series within the window.

/** The values of a series in the window, and before it. */
export interface Shape {
  /** Values of the cells of the window and of the {@link leadCells} before it; NaN if a cell has none. */
  readonly values: Float64Array;
  readonly windowCells: number;
  /** Mean of the values before the window. */
  readonly usual: number;
  /** Hardly any value before the window is outside. Infinite for a quiet series: sorting takes longer than the rest. */
  readonly range: readonly [low: number, high: number];
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
// A cause may move earlier than the metric, by this part of the window. In fewer cells, many series match by chance.
const LEAD = 3;
const MIN_CELLS_OF_LEADS = 12;
// At most this share of the usual values is beyond each end of their range.
const BEYOND = 0.05;

/** The cells by which a cause may move earlier than the metric. */
function leadCells(windowCells: number): number {
  return windowCells < MIN_CELLS_OF_LEADS ? 0 : Math.trunc(windowCells / LEAD);
}

/** The shape of a column in its last `windowCells` cells. `undefined` if it has too few values, or does not move there. */
export function shapeOf(column: Float64Array, windowCells: number, isQuiet = false): Shape | undefined {
  const start = column.length - windowCells;
  const { low, high, count } = rangeOf(column.subarray(start));
  if (count < MIN_VALUES || low === high) return undefined;
  const before = column.subarray(0, start);
  return {
    values: column.slice(start - leadCells(windowCells)),
    windowCells,
    usual: rangeOf(before).mean,
    range: isQuiet ? [-Infinity, Infinity] : usualRangeOf(before),
  };
}

function usualRangeOf(before: Float64Array): Shape["range"] {
  const sorted = before.filter((value) => !Number.isNaN(value)).toSorted();
  const beyond = Math.trunc(BEYOND * sorted.length);
  return [sorted.at(beyond)!, sorted.at(-1 - beyond)!];
}

/** Shares of a target's movement that a straight line of another series explains, from 0 to 1. */
export interface Explained {
  /** The largest share, also if the other series moved earlier. */
  readonly share: number;
  /** The share if both moved at the same time. */
  readonly atOnce: number;
}

/**
 * The shares of the target's movement that the other series explains. The share that any series explains by chance is subtracted
 * (adjusted R²; Ezekiel, "Methods of Correlation Analysis", 1930).
 *
 * A series that was constant has no usual course, and the one that it takes may end at a limit. A container is throttled in each
 * period, however long the requests wait. So it also counts whether both are beyond their usual values at the same time.
 */
export function explainedBy(target: Shape, other: Shape): Explained {
  const leads = leadCells(target.windowCells);
  const pairs: (readonly [Shape, Shape])[] = [[target, other]];
  if (other.range[0] === other.range[1] && leads > 0) pairs.push([statesOf(target), statesOf(other)]);
  const shares = Array.from({ length: 1 + leads }, (_, lead) =>
    Math.max(...pairs.map(([left, right]) => explainedAt(left, right, lead))),
  );
  return { share: Math.max(...shares), atOnce: shares[0]! };
}

/** 1 if a value is beyond the usual ones, on the side to which the shape moved farthest; otherwise 0. */
function statesOf(shape: Shape): Shape {
  const [low, high] = shape.range;
  const isUp = excursionOf(shape).direction === "up";
  const stateOf = (value: number): number => Math.sign(Math.max(0, isUp ? value - high : low - value));
  return { ...shape, values: shape.values.map(stateOf) };
}

// `lead` is in cells.
function explainedAt(target: Shape, other: Shape, lead: number): number {
  let [count, mean, otherMean, squares, otherSquares, products] = [0, 0, 0, 0, 0, 0];
  for (let i = 1; i <= target.windowCells; i++) {
    const value = target.values[target.values.length - i]!;
    const otherValue = other.values[other.values.length - i - lead]!;
    if (Number.isNaN(value) || Number.isNaN(otherValue)) continue;
    count++;
    const [step, otherStep] = [value - mean, otherValue - otherMean];
    mean += step / count;
    otherMean += otherStep / count;
    squares += step * (value - mean);
    otherSquares += otherStep * (otherValue - otherMean);
    products += step * (otherValue - otherMean);
  }
  if (count < MIN_VALUES || squares === 0 || otherSquares === 0) return 0;
  const explained = Math.min(1, (products / Math.sqrt(squares) / Math.sqrt(otherSquares)) ** 2);
  return Math.max(0, 1 - ((1 - explained) * (count - 1)) / (count - 2));
}

/** The part of a shape that is away from its usual level. */
export function excursionOf({ values: all, windowCells, usual }: Shape): Excursion {
  const values = all.subarray(all.length - windowCells);
  const { low, high } = rangeOf(values);
  const isRise = high - usual > usual - low;
  const middle = (usual + (isRise ? high : low)) / 2;
  const isOut = (value: number): boolean => (isRise ? value >= middle : value <= middle);
  const factor = rangeOf(values.filter(isOut)).mean / usual;
  const direction = isRise ? "up" : "down";
  return { direction, factor: factor >= 0 ? factor : Infinity, cell: values.findIndex(isOut) };
}

function rangeOf(values: Float64Array): Record<"low" | "high" | "mean" | "count", number> {
  let [low, high, mean, count] = [Infinity, -Infinity, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    count++;
    mean += value / count - mean / count;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high, mean, count };
}
