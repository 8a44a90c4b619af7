// Law: a range that is cut in pieces has the same series and values as the whole one.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { AggregateName } from "../../../src/history/question.ts";
import { select } from "../../../src/history/select/select.ts";
import { isLong, seed as runSeed } from "../../kit/test-length.ts";
import { asked } from "../query/asked.ts";
import { FIRST_MILLIS, LENGTH_MILLIS, randomStore } from "./random-store.ts";

const SECONDS = FIRST_MILLIS / 1_000;
const cuts = fc.record({
  count: fc.integer({ min: 2, max: 30 }),
  cut: fc.double({ min: 0, max: 1, noNaN: true }),
});
// The times of target_info are those of some series.
const MEASURED = { label: "__name__", operator: "!=", value: "target_info" } as const;
const views = fc.record({
  instance: fc.constantFrom("p0", "p1", "p2", "none"),
  service: fc.constantFrom("shop", "store"),
  sinceUnixMillis: fc.integer({ min: 0, max: LENGTH_MILLIS }).map((millis) => FIRST_MILLIS + millis),
  isAlone: fc.boolean(),
});
const selections = fc.record({
  seed: fc.integer({ min: 0, max: 1e9 }),
  own: fc.option(views, { nil: undefined }),
  from: fc.integer({ min: 0, max: LENGTH_MILLIS }),
  length: fc.integer({ min: 0, max: LENGTH_MILLIS }),
});

test("a part of a range has the series and samples of the whole one", () => {
  let filled = 0;
  fc.assert(
    fc.property(selections, ({ seed, own, from, length }) => {
      const store = randomStore(seed);
      const begin = FIRST_MILLIS + from;
      const samplesBetween = (first: number, last: number): ReadonlyMap<string, readonly string[]> => {
        const { series } = select(store, { matchers: [MEASURED], from: first, to: last, view: { own } });
        return joined([
          series.map(({ labels, samples }) => {
            // Markers of the end depend on the intervals between the samples.
            const isWithin = (time: number, i: number): boolean =>
              time >= begin && time <= begin + length && samples?.stale?.[i] !== 1;
            const points = Array.from(samples?.times ?? [], (time, i) => ({ time, i }));
            const within = points.filter(({ time, i }) => isWithin(time, i));
            return [
              JSON.stringify(labels),
              within.map(({ time, i }) => [time, samples!.values[i]!] as const),
            ];
          }),
        ]);
      };
      const part = samplesBetween(begin, begin + length);
      expect(part).toEqual(samplesBetween(-Infinity, Infinity));
      if (part.size > 0) filled++;
      store.close();
    }),
    { numRuns: isLong ? 20_000 : 40, seed: runSeed },
  );
  expect(filled).toBeGreaterThan(isLong ? 5_000 : 0);
});

const AGGREGATES = ["MEAN", "SUM", "MIN", "MAX", "COUNT", "LAST", "RATE", "INCREASE", "QUANTILE"] as const;
const questions = fc.record({
  seed: fc.integer({ min: 0, max: 1e9 }),
  metric: fc.constantFrom("sent", "level", "wait", "odd"),
  aggregate: fc.constantFrom<AggregateName>(...AGGREGATES),
  sums: fc.constantFrom({}, { by: [] }, { by: ["room"] }, { by: ["service.instance.id"] }),
  from: fc.integer({ min: -300, max: 1_800 }),
  step: fc.constantFrom(20, 61.5, 120, 300, 900),
});

test("a question that is cut in two has the same answer", async () => {
  let filled = 0;
  await fc.assert(
    fc.asyncProperty(questions, cuts, async ({ seed, from, step, sums, ...question }, { count, cut }) => {
      const store = randomStore(seed);
      try {
        const start = SECONDS + from;
        const answerOf = async (first: number, last: number): Promise<Answer | string> => {
          const range = { from: start + first * step, to: start + last * step, step };
          const found = await asked(store, { ...question, ...sums, ...range });
          if (typeof found === "string") return found;
          return found.map(([attributes, points]) => [JSON.stringify(attributes), points]);
        };
        const middle = Math.min(1 + Math.floor(cut * (count - 1)), count - 1);
        const pieces = [await answerOf(0, middle), await answerOf(middle, count)];
        const whole = await answerOf(0, count);
        if (typeof whole === "string") return;
        expect(joined(pieces)).toEqual(joined([whole]));
        if (whole.length > 0) filled++;
      } finally {
        store.close();
      }
    }),
    { numRuns: isLong ? 20_000 : 40, seed: runSeed },
  );
  expect(filled).toBeGreaterThan(isLong ? 5_000 : 5);
});

type Answer = readonly (readonly [
  key: string,
  points: readonly (readonly [time: number, value: number])[],
])[];

// Rounded, because sums over windows begin at different blocks.
function joined(pieces: readonly (Answer | string)[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const [key, points] of pieces.flatMap((piece) => (typeof piece === "string" ? [] : piece))) {
    const known = found.get(key) ?? [];
    for (const [time, value] of points) known.push(`${time} ${Number(value.toPrecision(9))}`);
    if (known.length > 0) found.set(key, known);
  }
  return new Map([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
