// MIN and MAX of a histogram, compared with the values that were recorded between two collections.
import fc from "fast-check";
import { expect, test } from "vitest";
import { totals } from "../../../src/history/query/totals.ts";
import { asked } from "./asked.ts";
import { filledStore, INTERVAL_MILLIS } from "./filled-store.ts";
import { runs } from "../../kit/test-length.ts";

// Two chunks are sealed, and some collections are not.
const COLLECTIONS = 150;
const times = Array.from({ length: COLLECTIONS }, (_, i) => (i + 1) * INTERVAL_MILLIS);
const bounds = [1, 5, 10];

interface Batch {
  readonly values: readonly number[];
  /** Whether the counts restart at 0 before the values. */
  readonly isReset: boolean;
}

interface Collection extends Batch {
  /** Sum, then the counts of the buckets, minimum and maximum. */
  readonly cells: readonly number[];
}

function bucketOf(value: number): number {
  const bucket = bounds.findIndex((bound) => value <= bound);
  return bucket < 0 ? bounds.length : bucket;
}

function upTo(cells: readonly number[]): readonly number[] {
  return [...bounds, Infinity].map((_, i) => cells.slice(1, i + 2).reduce((sum, count) => sum + count, 0));
}

function collected(batches: readonly Batch[]): readonly Collection[] {
  const empty = [0, ...bounds.map(() => 0), 0, Infinity, -Infinity];
  const plus = (cells: readonly number[], values: readonly number[]): readonly number[] => {
    const [sum = 0, ...counts] = cells.slice(0, -2);
    for (const value of values) counts[bucketOf(value)]!++;
    const extremes = [Math.min(cells.at(-2)!, ...values), Math.max(cells.at(-1)!, ...values)];
    return [values.reduce((a, b) => a + b, sum), ...counts, ...extremes];
  };
  let cells: readonly number[] = empty;
  return batches.map(({ values, isReset }) => {
    if (!isReset) return { values, isReset, cells: (cells = plus(cells, values)) };
    const before = upTo(cells);
    const since = plus(empty, values);
    // A reset is only visible if a count falls. Otherwise the collection has no values, and is empty.
    const isVisible = upTo(since).some((count, i) => count < before[i]!);
    cells = isVisible ? since : empty;
    return { values: isVisible ? values : [], isReset, cells };
  });
}

// The nearest known limits of the values: the recorded one of their process, or the bound of their bucket.
function limits(collections: readonly Collection[], from: number, to: number): readonly [number, number] {
  const processes: { values: number[]; recorded: readonly number[] }[] = [];
  for (const [i, { values, isReset, cells }] of collections.entries()) {
    if (i > to) break;
    if (i === 0 || isReset) processes.push({ values: [], recorded: [] });
    const process = processes.at(-1)!;
    if (i > from) process.values.push(...values);
    process.recorded = cells.slice(-2);
  }
  const found = processes
    .filter(({ values }) => values.length > 0)
    .map(({ values, recorded: [least = Number.NaN, greatest = Number.NaN] }) => [
      Math.max(least, bounds[bucketOf(Math.min(...values)) - 1] ?? -Infinity),
      Math.min(greatest, bounds[bucketOf(Math.max(...values))] ?? Infinity),
    ]);
  return [Math.min(...found.map(([min]) => min!)), Math.max(...found.map(([, max]) => max!))];
}

const batch = fc.record({
  values: fc.array(fc.double({ min: 0.01, max: 60, noNaN: true }), { maxLength: 2 }),
  isReset: fc.nat(12).map((n) => n === 0),
});

test("MIN and MAX are of the values after `from`, of each process between two resets", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(batch, { minLength: COLLECTIONS, maxLength: COLLECTIONS }),
      fc.array(fc.tuple(fc.nat(COLLECTIONS - 1), fc.nat(COLLECTIONS - 1)), { minLength: 8, maxLength: 8 }),
      async (batches, ranges) => {
        const collections = collected(batches);
        const cells = collections.map((each) => each.cells);
        const store = filledStore({
          times,
          series: [{ type: "histogram", bounds, hasMinMax: true, cells }],
        });
        for (const ends of ranges) {
          const [first, last] = [Math.min(...ends), Math.max(...ends)];
          const [from, to] = [times[first]!, times[last]!];
          // The first collection is the baseline, as nothing is older.
          const [min, max] = limits(collections, first, last);
          const found = totals(store, { names: ["m"], from, to });
          expect(found.map((each) => [each.min, each.max])).toEqual(min === Infinity ? [] : [[min, max]]);
          const question = { from: from / 1_000, to: to / 1_000 };
          const one = (value: number): unknown => (min === Infinity ? [] : [[{}, [[question.to, value]]]]);
          expect(await asked(store, { ...question, aggregate: "MIN" })).toEqual(one(min));
          expect(await asked(store, { ...question, aggregate: "MAX" })).toEqual(one(max));
        }
        store.close();
      },
    ),
    { numRuns: runs(12) },
  );
});

test("a maximum of before the range does not count if the process restarted within it", async () => {
  const values = [[53], [0.5], [0.5], [0.5], [22], [0.5]];
  const collections = collected(values.map((each, i) => ({ values: each, isReset: i === 3 })));
  const store = filledStore({
    times: times.slice(0, values.length),
    series: [{ type: "histogram", bounds, hasMinMax: true, cells: collections.map((each) => each.cells) }],
  });
  const question = { aggregate: "MAX", from: 20, to: 60 } as const;
  expect(await asked(store, question)).toEqual([[{}, [[60, 22]]]]);
  // One step of the whole range.
  expect(await asked(store, { ...question, from: 10.001, to: 60.001, step: 50 })).toEqual([
    [{}, [[60.001, 22]]],
  ]);
  store.close();
});
