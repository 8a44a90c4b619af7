import { expect, test } from "vitest";
import { query, type SampleSeries, type Source } from "../../src/query/index.ts";

const series: SampleSeries = {
  labels: { __name__: "x" },
  times: Float64Array.of(1_000),
  values: Float64Array.of(7),
};

// Applications in JavaScript may have such sources, which `for await` accepts.
test.each([
  ["an array", () => [series]],
  ["an iterator", () => [series].values()],
])("a source whose select returns %s is read", async (_, select) => {
  const source: Source = Object.assign(Object.create(null), { select });
  expect(JSON.stringify(await query("x + 1", { source, time: 1 }))).toContain('"value":8');
});
