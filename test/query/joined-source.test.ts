import { expect, test } from "vitest";
import { BEGINNING } from "../../src/query/from-zero.ts";
import { GivenSource, sampleSourceOf } from "../../src/query/given-source.ts";
import { labelsOf, type SampleSource } from "../../src/query/sample-source.ts";
import { JoinedSource } from "../../src/query/joined-source.ts";
import { query } from "../../src/query/evaluation/query.ts";
import type { NativeHistogram } from "../../src/query/native-histogram.ts";
import type { Labels, SampleSeries, Source } from "../../src/query/source.ts";
import { labelsTest } from "../../src/query/evaluation/matchers.ts";

function series(labels: Labels, samples: readonly (readonly [number, number | "stale"])[]): SampleSeries {
  const stale = Uint8Array.from(samples, ([, value]) => (value === "stale" ? 1 : 0));
  return {
    labels,
    times: Float64Array.from(samples, ([time]) => time * 1_000),
    values: Float64Array.from(samples, ([, value]) => (value === "stale" ? Number.NaN : value)),
    ...(stale.includes(1) && { stale }),
  };
}

function sourceOf(...all: readonly SampleSeries[]): SampleSource {
  return sampleSourceOf(publicSource(all));
}

/** A source with all samples from a time on. */
function completeSource(beginUnixMillis: number, ...all: readonly SampleSeries[]): SampleSource {
  return new GivenSource(publicSource(all), { beginUnixMillis });
}

function publicSource(all: readonly SampleSeries[]): Source {
  return {
    async *select({ matchers }) {
      const holds = labelsTest(matchers);
      for (const one of all) if (holds(one.labels)) yield one;
    },
  };
}

async function selected(source: Source): Promise<readonly SampleSeries[]> {
  const found: SampleSeries[] = [];
  for await (const one of source.select({ matchers: [], from: 0, to: 1e9 })) found.push(one);
  return found;
}

const a = { __name__: "a" };

test("the newer source has a series from its first sample on, and the older one before it", async () => {
  const joined = new JoinedSource(
    sourceOf(
      series(a, [
        [0, 1],
        [60, 2],
      ]),
    ),
    sourceOf(
      series(a, [
        [45, 1.5],
        [60, 2],
        [75, 3],
      ]),
    ),
  );
  const [one, ...others] = await selected(joined);
  expect(others).toEqual([]);
  expect([[...(one?.times ?? [])], [...(one?.values ?? [])]]).toEqual([
    [0, 45_000, 60_000, 75_000],
    [1, 1.5, 2, 3],
  ]);
});

test("a stale marker at the end of the older series is left out if the newer one continues it", async () => {
  const joined = new JoinedSource(
    sourceOf(
      series(a, [
        [0, 1],
        [30, "stale"],
      ]),
      series({ __name__: "b" }, [
        [0, 1],
        [30, "stale"],
      ]),
    ),
    sourceOf(
      series(a, [
        [20, 2],
        [45, "stale"],
        [60, 4],
      ]),
    ),
  );
  const found = await selected(joined);
  expect(
    found.map(({ labels, times, stale }) => [labels["__name__"], [...times], [...(stale ?? [])]]),
  ).toEqual([
    ["a", [0, 20_000, 45_000, 60_000], [0, 0, 1, 0]],
    ["b", [0, 30_000], [0, 1]],
  ]);
});

test("a series that has ended stays ended until the newer one continues it", async () => {
  const older = series(a, [
    [0, 1],
    [30, "stale"],
  ]);
  const joined = new JoinedSource(sourceOf(older), sourceOf(series(a, [[90, 2]])));
  const [one] = await selected(joined);
  expect([[...(one?.times ?? [])], [...(one?.stale ?? [])]]).toEqual([
    [0, 30_000, 90_000],
    [0, 1, 0],
  ]);
});

test("series of one source alone are there once", async () => {
  const joined = new JoinedSource(
    sourceOf(series(a, [[0, 1]])),
    sourceOf(series({ __name__: "b" }, [[9, 2]])),
  );
  expect((await selected(joined)).map(({ labels }) => labels["__name__"])).toEqual(["a", "b"]);
  const labels: Labels[] = [];
  for await (const one of labelsOf(joined, { matchers: [], from: 0, to: 1e9 })) labels.push(one);
  expect(labels.map((each) => each["__name__"])).toEqual(["b", "a"]);
});

test("samples of the older source before the first collection in memory stay, and the newer 0 at the begin does not", async () => {
  const begun = (...samples: readonly (readonly [number, number])[]): SampleSeries => series(a, samples);
  const newer = completeSource(80_000, begun([10, BEGINNING], [80, 8], [90, 9]));
  const timesBeside = async (older: SampleSeries): Promise<readonly number[]> => {
    const [one] = await selected(new JoinedSource(sourceOf(older), newer));
    return [...(one?.times ?? [])].map((time) => time / 1_000);
  };
  expect(await timesBeside(begun([60, 6], [85, 8]))).toEqual([60, 80, 90]);
  expect(await timesBeside(begun([5, 100], [85, 8]))).toEqual([5, 10, 80, 90]);
});

test("a source that has all samples of the selection leaves those of the older one out", async () => {
  const newer = completeSource(0, series(a, [[90, 9]]));
  const joined = new JoinedSource(
    sourceOf(series(a, [[85, 8]]), series({ __name__: "b" }, [[85, 1]])),
    newer,
  );
  const found = await selected(joined);
  expect(found.map(({ labels, times }) => [labels["__name__"], ...times])).toEqual([
    ["a", 90_000],
    ["b", 85_000],
  ]);
});

test("a rate over both is that of one series", async () => {
  const joined = new JoinedSource(
    sourceOf(
      series(a, [
        [0, 0],
        [60, 60],
        [120, 120],
      ]),
    ),
    sourceOf(
      series(a, [
        [120, 120],
        [180, 180],
      ]),
    ),
  );
  const result = await query("rate(a[2m])", { source: joined, time: 180 });
  expect(result).toMatchObject({ series: [{ value: expect.closeTo(1, 9) }] });
});

test("a stored histogram with a lower resolution than the next live one does not count as a reset, and a restart does", async () => {
  // Stored at schema 4, since the scale fell later, and live at 5.
  const at = (schema: number, count: number): NativeHistogram => ({
    schema,
    count,
    sum: 100 * count,
    zeroThreshold: 0,
    zeroCount: 0,
    negative: { offset: 0, counts: new Float64Array() },
    resetHint: "unknown",
    positive: { offset: Math.ceil(Math.log2(100) * 2 ** schema), counts: Float64Array.of(count) },
  });
  const times = (...seconds: readonly number[]) => Float64Array.from(seconds, (second) => 1_000 * second);
  const joined = (liveCount: number) =>
    new JoinedSource(
      sourceOf({
        labels: a,
        times: times(0, 60, 120),
        values: Float64Array.of(Number.NaN, Number.NaN, Number.NaN),
        histograms: [at(4, 1_000), at(4, 1_001), at(4, 1_002)],
      }),
      sourceOf({
        labels: a,
        times: times(120, 180),
        values: Float64Array.of(Number.NaN, Number.NaN),
        histograms: [at(5, liveCount), at(5, liveCount + 1)],
      }),
    );
  const increase = async (liveCount: number): Promise<unknown> => {
    const result = await query("resets(a[4m])", { source: joined(liveCount), time: 200 });
    return result.kind === "vector" ? result.series[0]?.value : undefined;
  };
  expect(await increase(1_002)).toBe(0);
  expect(await increase(5)).toBe(1);
});
