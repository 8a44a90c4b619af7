// `first_over_time` is stable since Prometheus 3.14; the version in tests does not have it, so values are computed by hand.
import { query, type Source } from "tachymeter/query";
import { expect, test } from "vitest";

const seconds = [10, 20, 30, 40];

const source: Source = {
  async *select() {
    yield {
      labels: { __name__: "x", job: "a" },
      times: Float64Array.from(seconds, (second) => second * 1_000),
      values: Float64Array.of(3, Number.NaN, 5, 7),
    };
  },
};

async function valuesAt(expression: string, time: number): Promise<readonly unknown[]> {
  const result = await query(expression, { source, time });
  return result.kind === "vector" ? result.series.map(({ labels, value }) => [labels, value]) : [];
}

test.each([
  ["first_over_time(x[1m])", 40, 3],
  // The start of a window is excluded.
  ["first_over_time(x[30s])", 40, Number.NaN],
  ["first_over_time(x[20s])", 40, 5],
  ["first_over_time(x[5s])", 40, 7],
  ["first_over_time(x[10s] offset 10s)", 40, 5],
])("%s at %d s is %d, with the name of the metric", async (expression, time, value) => {
  expect(await valuesAt(expression, time)).toEqual([[{ __name__: "x", job: "a" }, value]]);
});

test("an empty window has no first sample", async () => {
  expect(await valuesAt("first_over_time(x[5s])", 60)).toEqual([]);
});
