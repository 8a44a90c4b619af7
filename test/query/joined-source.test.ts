import { expect, test } from "vitest";
import { JoinedSource } from "../../src/query/joined-source.ts";
import { query } from "../../src/query/evaluation/query.ts";
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

function sourceOf(...all: readonly SampleSeries[]): Source {
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

test("the newer source continues a series at the end of the older one", async () => {
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
    [0, 60_000, 75_000],
    [1, 2, 3],
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
  for await (const one of joined.labels({ matchers: [], from: 0, to: 1e9 })) labels.push(one);
  expect(labels.map((each) => each["__name__"])).toEqual(["b", "a"]);
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
        [105, 105],
        [120, 120],
        [135, 135],
        [150, 150],
      ]),
    ),
  );
  const result = await query("rate(a[2m])", { source: joined, time: 150 });
  expect(result).toMatchObject({ series: [{ value: expect.closeTo(1, 9) }] });
});
