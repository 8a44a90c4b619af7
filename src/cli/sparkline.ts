// A course of values in one line of text.

const LEVELS = "▁▂▃▄▅▆▇█";
const NOTHING = " ";

/**
 * Values from left to right, each as high as it is between the least and the greatest of them; a blank where there is
 * none. More values than `width` are put together by their mean.
 *
 * @param floor what is lowest, unless a value is less: 0 for numbers of things.
 */
export function sparkline(
  values: readonly (number | undefined)[],
  width: number,
  floor: number = Infinity,
): string {
  const shown = values.length <= width ? values : gatheredTo(values, width);
  const finite = shown.filter((value): value is number => value !== undefined && Number.isFinite(value));
  const [least, greatest] = [Math.min(floor, ...finite), Math.max(...finite)];
  return shown
    .map((value) => {
      if (value === undefined || !Number.isFinite(value)) return NOTHING;
      // What does not change, but for the last digits, is neither low nor high, but for nothing at all.
      const height =
        greatest - least > 1e-9 * Math.abs(greatest)
          ? (value - least) / (greatest - least)
          : value === 0
            ? 0
            : 0.5;
      return LEVELS[Math.min(Math.floor(height * LEVELS.length), LEVELS.length - 1)];
    })
    .join("");
}

function gatheredTo(values: readonly (number | undefined)[], width: number): (number | undefined)[] {
  return Array.from({ length: width }, (_, i) => {
    const [start, end] = [i, i + 1].map((slot) => Math.round((slot * values.length) / width));
    const some = values.slice(start, end).filter((value) => value !== undefined);
    return some.length === 0 ? undefined : some.reduce((sum, value) => sum + value, 0) / some.length;
  });
}
