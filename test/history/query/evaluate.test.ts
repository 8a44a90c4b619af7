import fc from "fast-check";
import { expect, test } from "vitest";
import { AGGREGATES } from "../../../src/history/question.ts";
import { asked } from "./asked.ts";
import { close } from "./close.ts";
import { filledStore } from "./filled-store.ts";
import { naive, type Point } from "./naive.ts";
import { runs } from "../../kit/test-length.ts";

const counterValues = fc
  .array(fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: 50 }) }, fc.constant(-1)), {
    minLength: 1,
    maxLength: 200,
  })
  .map((steps) => {
    let value = 0;
    // -1 stands for a restart of the counter.
    return steps.map((step) => (value = step < 0 ? 0 : value + step));
  });
const gaugeValues = fc.array(
  fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.double({ min: -1e6, max: 1e6, noNaN: true })),
  { minLength: 1, maxLength: 200 },
);
const range = fc.record({
  from: fc.integer({ min: -50, max: 2_100 }),
  length: fc.integer({ min: 0, max: 2_200 }),
  step: fc.option(fc.integer({ min: 1, max: 700 })),
});

function timesOf(values: readonly unknown[]): number[] {
  return values.map((_, i) => i * 10_000);
}

function pointsOf(values: readonly number[]): Point[] {
  return values.map((value, i) => [i * 10, value]);
}

for (const aggregate of AGGREGATES) {
  for (const type of ["counter", "gauge"] as const) {
    if (type === "gauge" && (aggregate === "RATE" || aggregate === "INCREASE")) continue;
    test(`${aggregate} of a ${type} equals a naive evaluation of its points`, async () => {
      const values = type === "counter" ? counterValues : gaugeValues;
      await fc.assert(
        fc.asyncProperty(
          values,
          range,
          fc.double({ min: 0, max: 1, noNaN: true }),
          async (given, { from, length, step }, quantile) => {
            const store = filledStore({ times: timesOf(given), series: [{ type, cells: given }] });
            const to = from + length;
            const found = await asked(store, {
              from,
              to,
              aggregate,
              quantile,
              ...(step !== null && { step }),
            });
            const windows: [start: number, end: number][] =
              step === null
                ? [[from - 0.001, to]]
                : Array.from({ length: Math.floor(length / step) }, (_, i) => [
                    from + i * step,
                    from + (i + 1) * step,
                  ]);
            const expected = windows
              .map(([start, end]): Point => [end, naive(aggregate, quantile, pointsOf(given), start, end)])
              .filter(([, value]) => !Number.isNaN(value));
            store.close();
            expect(found).toEqual(close(expected.length === 0 ? [] : [[{}, expected]]));
          },
        ),
        { numRuns: runs(40) },
      );
    });
  }
}
