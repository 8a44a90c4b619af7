import { afterEach, expect, test, vi } from "vitest";
import { prepare } from "../../../src/query/evaluation/prepared.ts";
import { sampleSourceOf } from "../../../src/query/given-source.ts";
import { mapped, type Reading } from "../../../src/query/reading.ts";
import { type SampleSeries, QueryError, query, queryRange, type Selection } from "tachymeter/query";
import { ImmediateMemorySource, MemorySource } from "../kit/memory-source.ts";

const times = Float64Array.from({ length: 300 }, (_, i) => i * 15_000);

function counters(count: number): readonly SampleSeries[] {
  return Array.from({ length: count }, (_, n): SampleSeries => ({
    labels: { __name__: "x_total", n: String(n) },
    times,
    values: times.map((time) => time * (n + 1)),
  }));
}

const EXPRESSIONS = [
  "x_total > 5e6",
  "sum(rate(x_total[5m]))",
  "sum by (n) (rate(x_total[5m] offset 5m)) / on (n) x_total",
  "x_total @ 600",
  "max_over_time(x_total[30m:1m])",
  "absent(y)",
  "scalar(x_total) + time()",
  "x_total[5m]",
  '"text"',
];

afterEach(() => void vi.restoreAllMocks());

/** A source in memory that returns only the samples of the selected times. */
class TimedSource extends ImmediateMemorySource {
  protected override readNow(selection: Selection): Reading<SampleSeries> {
    return mapped(super.readNow(selection), (series) => {
      const isSelected = (time: number): boolean => time >= selection.from && time <= selection.to;
      const values = series.values.filter((_, i) => isSelected(series.times[i]!));
      return { ...series, times: series.times.filter(isSelected), values };
    });
  }
}

// The time does not pass, so that a slow machine makes no difference.
function stopTime(): void {
  vi.spyOn(performance, "now").mockReturnValue(0);
}

test.each(EXPRESSIONS)("%s over a source in memory has its result at once, at each time", async (text) => {
  stopTime();
  const prepared = prepare(text);
  const source = new ImmediateMemorySource(counters(10));
  for (const time of [0, 900, 4_200, 10_000]) {
    const result = prepared.at(source, time * 1_000);
    expect(result).not.toBeInstanceOf(Promise);
    expect(result).toEqual(await query(text, { source: new MemorySource(counters(10)), time }));
  }
});

test("selectors that agree at time 0 only select their own times", async () => {
  const ofTime = new TimedSource(counters(2));
  for (const text of ["x_total - x_total @ 0", "x_total @ 0 + x_total"])
    for (const time of [0, 600, 4_200])
      expect(await prepare(text).at(ofTime, time * 1_000)).toEqual(
        await query(text, { source: new MemorySource(counters(2)), time }),
      );
});

test("a range of one step over a source in memory has the end of the query", async () => {
  const range = { from: 600, to: 650, step: 60 };
  for (const text of ["x_total @ end()", "rate(x_total[5m] @ end())"])
    expect(await queryRange(text, { source: new TimedSource(counters(2)), ...range })).toEqual(
      await queryRange(text, { source: new MemorySource(counters(2)), ...range }),
    );
});

test("evaluations that take long go on in slices", async () => {
  const text = "sum(max_over_time(x_total[30m:1s]))";
  const source = new ImmediateMemorySource(counters(100));
  const result = prepare(text).at(source, 4_200_000);
  expect(result).toBeInstanceOf(Promise);
  expect(await result).toEqual(await query(text, { source: new MemorySource(counters(100)), time: 4_200 }));
});

test("a source that has to wait makes the result a promise", async () => {
  const result = prepare("count(x_total)").at(sampleSourceOf(new MemorySource(counters(10))), 900_000);
  expect(result).toBeInstanceOf(Promise);
  expect(await result).toMatchObject({ series: [{ value: 10 }] });
});

test("selectors that agree select once", () => {
  stopTime();
  const source = new ImmediateMemorySource(counters(3));
  expect(prepare("x_total / x_total + x_total offset 1m").at(source, 900_000)).toMatchObject({
    series: { length: 3 },
  });
  expect(source.selections).toBe(2);
});

test("a wrong expression throws when it is prepared", () => {
  expect(() => prepare("sum(")).toThrow(QueryError);
  expect(() => prepare('x{a=~"("}')).toThrow(QueryError);
});

test("an aborted signal throws; one that aborts later rejects the promise", async () => {
  const source = new ImmediateMemorySource(counters(100));
  const prepared = prepare("sum(max_over_time(x_total[30m:1s]))");
  expect(() => prepared.at(source, 4_200_000, { signal: AbortSignal.abort() })).toThrow(/canceled/);
  const controller = new AbortController();
  const result = prepared.at(source, 4_200_000, { signal: controller.signal });
  controller.abort();
  await expect(result).rejects.toThrow(/canceled/);
});

test("an evaluation that fails throws at once", () => {
  stopTime();
  const source = new ImmediateMemorySource(counters(2));
  expect(() => prepare("x_total * on () x_total").at(source, 900_000)).toThrow(
    /many-to-many|found duplicate/,
  );
  expect(() => prepare("sum(x_total)").at(source, 900_000, { maxSamples: 5 })).toThrow(/too many samples/);
});
