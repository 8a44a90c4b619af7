// Functions over classic histograms beside the real Prometheus 3.
import { expect, test } from "vitest";
import { annotations } from "../../../src/query/annotations.ts";
import { StepBuckets, bucketBound } from "../../../src/query/histograms/classic-buckets.ts";
import { shortNumber } from "../../../src/query/number-text.ts";
import { Random } from "../../kit/random.ts";
import { isLong, seed } from "../../kit/test-length.ts";
import { writtenPrometheus } from "../../servers/written-prometheus.ts";
import { answerOf, differences } from "./prometheus-answers.ts";

const SIZE = isLong ? 3_000 : 100;
const TIME = 1_700_000_000_000;

test("functions of random classic buckets have the results of Prometheus", async (context) => {
  const random = new Random(seed);
  const all = Array.from({ length: SIZE }, () => randomClassicBuckets(random));
  const series = all.flatMap((buckets, id) =>
    buckets.map(([le, count]) => ({
      labels: { __name__: "b_bucket", id: String(id), le },
      times: Float64Array.of(TIME),
      values: Float64Array.of(count),
    })),
  );
  const url = await writtenPrometheus(context, "3", series);
  const cases = all.flatMap((buckets, id) => {
    const of = `b_bucket{id="${id}"}`;
    const q = random.oneOf([0, 0.5, 0.95, 1, random.share()]);
    const lower = random.oneOf([-Infinity, -8, 0, 0.5, 3 * random.share()]);
    const upper = lower + random.oneOf([0.1, 1, 2, 10, Infinity]);
    const classic = new StepBuckets();
    // Prometheus sums buckets with one bound in any order.
    for (const [le, count] of buckets) classic.add(bucketBound(le) ?? NaN, count);
    const ofFraction = answerOf("", () => classic.fraction(lower, upper));
    const ofQuantile = answerOf("", ({ annotate }) => {
      const value = classic.quantile(q);
      if (classic.repair !== undefined) annotate(annotations.forcedMonotonicity());
      return value;
    });
    // Until Prometheus 3.8, a bound within the lowest bucket had no result.
    const lowest = Math.min(...buckets.map(([le]) => bucketBound(le) ?? NaN));
    const isWithinLowest = [lower, upper].some((bound) => Number.isFinite(bound) && bound < lowest);
    return [
      {
        query: `histogram_fraction(${shortNumber(lower)}, ${shortNumber(upper)}, ${of})`,
        answer: ofFraction,
      },
      { query: `histogram_quantile(${q}, ${of})`, answer: ofQuantile },
    ].slice(isWithinLowest ? 1 : 0);
  });
  expect(await differences(url, TIME, cases), `TEST_SEED=${seed}`).toEqual([]);
});

function randomClassicBuckets(random: Random): readonly (readonly [le: string, count: number])[] {
  const bounds = random.oneOf([
    ["0.5", "1", "2.5", "5", "+Inf"],
    ["-2", "-1", "0", "1e1", "Inf"],
    ["0.1", "0.10", "1", "+inf"],
    ["1", "2"],
    ["+Inf"],
    ["-1", "1", "infinity"],
  ]);
  let count = 0;
  const some = bounds.filter(() => random.chance(0.95));
  // Without any bucket there is no series.
  return (some.length > 0 ? some : bounds).map((le) => {
    count = random.chance(0.1)
      ? count * random.oneOf([0.5, 1 - 1e-13, 1 + 1e-13])
      : count + random.integer(0, 9);
    return [le, random.chance(0.02) ? NaN : count];
  });
}
