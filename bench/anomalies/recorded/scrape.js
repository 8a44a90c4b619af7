// Series from the texts of successive scrapes, a value for each minute.

/** Seconds. */
export const MINUTE = 60;

/**
 * Collects series from scrapes. `series` has a name for each, and expressions for the samples of which it is made. `rate` is
 * their growth a second, `value` their sum. `mean` is the growth of `sum`, divided by that of `count`.
 */
export function seriesFrom(series) {
  const columns = Object.fromEntries(Object.keys(series).map((name) => [name, []]));
  let before;
  return {
    columns,
    add(text) {
      const now = Object.fromEntries(
        Object.entries(series).map(([name, { rate, mean, value }]) => [
          name,
          mean === undefined
            ? [sumOf(text, rate ?? value)]
            : [sumOf(text, mean.sum), sumOf(text, mean.count)],
        ]),
      );
      for (const [name, { rate, mean }] of Object.entries(series)) {
        if (before === undefined) break;
        const growth = now[name].map((each, i) => each - before[name][i]);
        columns[name].push(
          mean !== undefined ? growth[0] / growth[1] : rate !== undefined ? growth[0] / MINUTE : now[name][0],
        );
      }
      before = now;
    },
  };
}

function sumOf(text, pattern) {
  let sum = 0;
  for (const [, value] of text.matchAll(pattern)) sum += Number(value);
  return sum;
}
