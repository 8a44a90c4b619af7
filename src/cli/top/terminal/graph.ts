// Graphs of Braille dots, two values to a column and four levels to a row; without Unicode, of ASCII characters.

/** Options of a graph. */
export interface GraphOptions {
  readonly columns: number;
  readonly rows: number;
  readonly isUnicode: boolean;
  /** Ends of the scale. */
  readonly scale: Scale;
}

/** The lowest and the highest value of a scale. */
export interface Scale {
  readonly low: number;
  readonly high: number;
}

const BRAILLE = 0x2800;
// Dots of a Braille character from the bottom up: of the left and of the right column.
const DOTS = [
  [0x40, 0x04, 0x02, 0x01],
  [0x80, 0x20, 0x10, 0x08],
] as const;
const LEVELS_OF_BRAILLE = 4;
const ASCII_LEVELS = "_.-=*#";

/** The scale of values: from 0, unless there are lower ones or `isFromLowest` is set. */
export function scaleOf(values: Iterable<number>, isFromLowest = false): Scale {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return { low: 0, high: 0 };
  return { low: isFromLowest && high > low ? low : Math.min(low, 0), high };
}

/** Draws values from left to right, from the top row to the bottom; blank if a value is missing or not finite. */
export function graphRows(
  values: ArrayLike<number>,
  { columns, rows, isUnicode, scale }: GraphOptions,
): string[] {
  const [perColumn, perRow] = isUnicode ? [2, LEVELS_OF_BRAILLE] : [1, ASCII_LEVELS.length];
  const heights = resampled(values, columns * perColumn).map((value) =>
    heightOf(value, scale, rows * perRow),
  );
  return Array.from({ length: rows }, (_, row) => {
    // Levels below this row.
    const base = (rows - 1 - row) * perRow;
    return Array.from({ length: columns }, (_cell, column) =>
      isUnicode
        ? brailleCell(heights[2 * column]! - base, heights[2 * column + 1]! - base)
        : asciiCell(heights[column]! - base),
    ).join("");
  });
}

// The highest value of each part, so that a peak is seen; fewer values are repeated.
function resampled(values: ArrayLike<number>, count: number): readonly number[] {
  const { length } = values;
  return Array.from({ length: count }, (_, i) => {
    const start = Math.floor((i * length) / count);
    const end = Math.max(Math.floor(((i + 1) * length) / count), start + 1);
    let highest = Number.NaN;
    for (let at = start; at < Math.min(end, length); at++) {
      const value = values[at]!;
      if (Number.isFinite(value) && !(value <= highest)) highest = value;
    }
    return highest;
  });
}

// The number of filled levels: 0 without a value, at least 1 with one.
function heightOf(value: number, { low, high }: Scale, levels: number): number {
  if (Number.isNaN(value)) return 0;
  const share = high > low ? (value - low) / (high - low) : 0;
  return Math.min(Math.max(Math.ceil(share * levels), 1), levels);
}

function brailleCell(left: number, right: number): string {
  let dots = 0;
  for (const [side, height] of [left, right].entries())
    for (let level = 0; level < Math.min(height, LEVELS_OF_BRAILLE); level++) dots |= DOTS[side]![level]!;
  return dots === 0 ? " " : String.fromCharCode(BRAILLE + dots);
}

function asciiCell(height: number): string {
  return height <= 0 ? " " : ASCII_LEVELS[Math.min(height, ASCII_LEVELS.length) - 1]!;
}
