// Work that evaluations without annotations save.
import fc from "fast-check";
import { expect, test } from "vitest";
import { type EvaluationLimits, prepare, type Prepared } from "../../../src/query/evaluation/prepared.ts";
import { savedParts, Shortcuts } from "../../../src/query/evaluation/shortcuts.ts";
import { QueryError, type SampleSeries, type Source } from "tachymeter/query";
import { randomQuery } from "../differential/random-query.ts";
import { randomSeries } from "../differential/random-series.ts";
import { sampleSourceOf } from "../../../src/query/given-source.ts";
import { ImmediateMemorySource, MemorySource } from "../kit/memory-source.ts";
import { runs } from "../../kit/test-length.ts";

const source = new MemorySource(randomSeries(1, { isPlain: false }));
const OPERATORS = ["and", "unless", "or", "+", "> ", "and on (a)", "* on (a)", "and on (a) 2 *"];

async function outcomeOf(
  whole: Prepared,
  of: Source,
  seconds: number,
  limits: EvaluationLimits,
): Promise<unknown> {
  try {
    const result = await whole.at(sampleSourceOf(of), seconds * 1_000, limits);
    return { ...result, annotations: undefined };
  } catch (error) {
    if (error instanceof QueryError) return error.message;
    throw error;
  }
}

const programs = fc
  .tuple(
    randomQuery({ isPlain: false }),
    randomQuery({ isPlain: false }),
    fc.constantFrom(...OPERATORS),
    fc.constantFrom("left", "empty", "same"),
  )
  .map(([left, right, operator, kind]) => ({
    text: `(${left.text}${kind === "empty" ? " < -1e300" : ""}) ${operator} (${kind === "same" ? left.text : right.text})`,
    time: left.time,
  }))
  .filter(({ text }) => isExpression(text));

function prepared(text: string): Prepared {
  return prepare(text, { experimental: true });
}

function isExpression(text: string): boolean {
  try {
    prepared(text);
    return true;
  } catch {
    return false;
  }
}

test("values and errors are the same without annotations", async () => {
  await fc.assert(
    fc.asyncProperty(programs, async ({ text, time }) => {
      const whole = prepared(text);
      expect(await outcomeOf(whole, source, time, { isWithoutAnnotations: true })).toEqual(
        await outcomeOf(whole, source, time, {}),
      );
    }),
    { numRuns: runs(300) },
  );
});

test("expressions that share their work have the same values and errors as each alone", async () => {
  const immediate = new ImmediateMemorySource(randomSeries(1, { isPlain: false }));
  await fc.assert(
    fc.asyncProperty(fc.array(programs, { minLength: 2, maxLength: 4 }), async (all) => {
      const [{ time } = { time: 0 }] = all;
      const texts = all.flatMap(({ text }) => [text, `sum(${text})`]).filter(isExpression);
      for (const of of [source, immediate]) {
        const parts = texts.map(prepared);
        const shortcuts = new Shortcuts(savedParts(parts.map(({ expression }) => expression)));
        for (const each of parts)
          expect(await outcomeOf(each, of, time, { shortcuts })).toEqual(await outcomeOf(each, of, time, {}));
      }
    }),
    { numRuns: runs(20) },
  );
});

/** Counts the reads of a series' values. */
function counted(name: string): { readonly series: SampleSeries; reads: number } {
  const times = Float64Array.from({ length: 40 }, (_, i) => i * 15_000);
  const found = {
    reads: 0,
    series: {
      labels: { __name__: name },
      times,
      get values() {
        found.reads++;
        return times;
      },
    },
  };
  return found;
}

test.each([
  ["rate(x_total[5m]) / (rate(x_total[5m]) + rate(x_total[5m]))", "rate(x_total[5m])"],
  ["(rate(x_total[5m]) > 1e9) and rate(x_total[2m]) > 0", "rate(x_total[5m])"],
  ["(rate(x_total[5m]) > 1e9) and max_over_time(sum(rate(x_total[2m]))[4m:1m]) > 0", "rate(x_total[5m])"],
  ["(rate(x_total[5m]) > 1e9) / sum by (job) (increase(x_total[2m]))", "rate(x_total[5m])"],
  ["(rate(x_total[5m]) > 1e9) unless on (job) (x_total offset 1m)", "rate(x_total[5m])"],
])("%s reads the values as often as %s", async (text, part) => {
  const readsOf = async (expression: string): Promise<number> => {
    const all = counted("x_total");
    await prepared(expression).at(sampleSourceOf(new MemorySource([all.series])), 590_000, {
      isWithoutAnnotations: true,
    });
    return all.reads;
  };
  expect(await readsOf(text)).toBe(await readsOf(part));
});

test.each([
  "x_total * on () group_left () x_total",
  'label_replace(x_total, "", "", "n", "(.*)")',
  "sum(avg_over_time(x_total[5m] anchored))",
])("an error on the right side of an empty vector is thrown: %s", async (failing) => {
  const two = ["1", "2"].map((n) => ({ ...counted("x_total").series, labels: { __name__: "x_total", n } }));
  const text = `(x_total > 1e300) and ${failing}`;
  const evaluate = async (): Promise<unknown> =>
    await prepared(text).at(sampleSourceOf(new MemorySource(two)), 590_000, {
      isWithoutAnnotations: true,
    });
  await expect(evaluate()).rejects.toThrow(QueryError);
});
