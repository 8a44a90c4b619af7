import fc from "fast-check";
import { expect, test } from "vitest";
import { Store } from "../../../src/history/store/index.ts";
import { Collections, blocksOf, numberOf, pointsOf } from "./collections.ts";
import { runs } from "../../kit/test-length.ts";

const INTERVAL = 1_000;

interface Step {
  /** Time since the previous collection. */
  readonly millis: number;
  readonly values: readonly (number | undefined)[];
}

// Steps of one interval, with occasional jumps and collections at the same time.
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    millis: fc.oneof(
      { weight: 20, arbitrary: fc.constant(INTERVAL) },
      { weight: 2, arbitrary: fc.integer({ min: -90_000, max: 90_000 }) },
      { weight: 1, arbitrary: fc.constant(0) },
    ),
    values: fc.array(
      fc.option(fc.oneof(fc.nat(100), fc.double({ min: -1e6, max: 1e6, noNaN: true })), { nil: undefined }),
      {
        minLength: 3,
        maxLength: 3,
      },
    ),
  }),
  // Several chunks and unsealed heads.
  { minLength: 1, maxLength: 300, size: "max" },
);

function opened(): Store {
  return Store.open({ path: ":memory:", intervalMillis: INTERVAL, now: () => 0 });
}

test("each point of a gauge is read once, in order of time, despite clock changes; the last of equal times", () => {
  fc.assert(
    fc.property(steps, (given) => {
      const store = opened();
      const collections = new Collections();
      const expected = new Map<number, Map<number, number>>();
      let time = 1_000_000;
      for (const { millis, values } of given) {
        time += millis;
        const series = values.flatMap((value, id) => (value === undefined ? [] : [numberOf(id, value)]));
        for (const { id, cells } of series) {
          expected.set(id, (expected.get(id) ?? new Map<number, number>()).set(time, cells[0]!));
        }
        store.append(collections.at(time, series));
      }
      const read = pointsOf(store, "gauge.number");
      expect(new Set(read.keys())).toEqual(new Set(expected.keys()));
      for (const [id, points] of read)
        expect(points).toEqual([...expected.get(id)!].toSorted(([a], [b]) => a - b));
      store.close();
    }),
    { numRuns: runs(60) },
  );
});

test("summaries of blocks match their points", () => {
  fc.assert(
    fc.property(steps, fc.constantFrom("gauge" as const, "counter" as const), (given, type) => {
      const store = opened();
      const collections = new Collections();
      let time = 1_000_000;
      for (const { millis, values } of given) {
        time += millis;
        store.append(
          collections.at(
            time,
            values.flatMap((value, id) => (value === undefined ? [] : [numberOf(id, value, type)])),
          ),
        );
      }
      for (const blocks of blocksOf(store, `${type}.number`).values()) {
        for (const block of blocks) {
          if (block.kind !== "numbers") throw new Error("histograms");
          const values = [...block.values()];
          const { from, to, count, sum, min, max, first, last, increase } = block;
          const times = [...block.times()];
          expect({ from, to, count }).toEqual({ from: times[0], to: times.at(-1), count: values.length });
          expect({ first, last }).toEqual({ first: values[0], last: values.at(-1) });
          // 0 and -0 are not distinguished.
          expect({ min: min + 0, max: max + 0 }).toEqual({
            min: Math.min(...values) + 0,
            max: Math.max(...values) + 0,
          });
          expect(sum).toSatisfy(isNear(values));
          const rises = values.slice(1).map((value, i) => (value < values[i]! ? value : value - values[i]!));
          expect(increase).toSatisfy(isNear(rises));
        }
      }
      store.close();
    }),
    {
      numRuns: runs(30),
      examples: [
        [
          [
            { millis: 1_000, values: [undefined, 0, undefined] },
            { millis: 1_000, values: [undefined, -0, undefined] },
            { millis: 1_000, values: [undefined, undefined, undefined] },
          ],
          "gauge",
        ],
      ],
    },
  );
});

// The sum of the terms, in any order of addition.
function isNear(terms: readonly number[]): (sum: number) => boolean {
  const sum = terms.reduce((a, b) => a + b, 0);
  const magnitude = terms.reduce((a, b) => a + Math.abs(b), 0);
  return (given) => Object.is(given, sum) || Math.abs(given - sum) <= 1e-12 * magnitude;
}
