// Live samples beside the series that the translation makes of each collection, as a scrape has them.
import { AggregationType } from "tachymeter/metrics";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Collection } from "../../../src/engine/collection/collection.ts";
import { SnapshotReader } from "../../../src/readers/reader.ts";
import { canonicalBound } from "../../../src/translation/bound-text.ts";
import type { Series } from "../../../src/translation/family.ts";
import { MergedSeries } from "../../../src/translation/merged-series.ts";
import { Translation } from "../../../src/translation/translation.ts";
import { collectedColumns } from "./collected-columns.ts";

const translation = { scopeLabels: false, targetInfo: false };
const CODES = [200, "200", true, "true", ""] as const;

const EXPLICIT = (boundaries: number[]) => ({
  type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM as const,
  options: { boundaries },
});
const VIEWS = [
  { instrumentName: "coarse", name: "size", aggregation: EXPLICIT([1, 10]) },
  { instrumentName: "fine", name: "size", aggregation: EXPLICIT([1, 2, 5]) },
  {
    instrumentName: "exact",
    name: "size",
    aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM as const },
  },
  { instrumentName: "viewed", name: "seen" },
  { instrumentName: "viewed", name: "seen" },
];

const record = fc.record({
  scope: fc.constantFrom("one", "two"),
  instrument: fc.constantFrom("x", "viewed", "coarse", "fine", "exact"),
  code: fc.constantFrom(...CODES),
  value: fc.integer({ min: 1, max: 20 }),
});

/** The values of all series of a collection, by their labels. */
function scraped(collection: Collection): Record<string, number> {
  const found: Record<string, number> = {};
  const names = new Translation({ ...translation, nestedHistograms: false });
  for (const { name, metrics } of names.families(collection))
    for (const series of new MergedSeries(names, collection, { native: true }).of(metrics))
      if (series !== undefined) addTo(found, name, series);
  return found;
}

function addTo(found: Record<string, number>, name: string, { labels, value, native }: Series): void {
  const put = (suffix: string, number: number, le?: string): void => {
    const own = labels.map((label): [string, string] => [label.name, String(label.value)]);
    const all: [string, string][] = [
      ...own,
      ["__name__", name + suffix],
      ...(le === undefined ? [] : [["le", le] as [string, string]]),
    ];
    found[textOf(all)] = number;
  };
  if (native !== undefined) put("", native.count);
  else if (typeof value === "number") put("", value);
  else {
    for (const [i, bound] of value.bounds.entries())
      put("_bucket", value.cumulativeCounts[i] ?? Number.NaN, canonicalBound(bound));
    put("_bucket", value.count, "+Inf");
    put("_count", value.count);
    if (value.sum !== undefined) put("_sum", value.sum);
  }
}

function textOf(labels: readonly (readonly [string, string])[]): string {
  return JSON.stringify(labels.filter(([, value]) => value !== "").toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

test("live samples are the series of a scrape, whatever series are the same in Prometheus", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(record, { maxLength: 8 }), { minLength: 1, maxLength: 4 }),
      async (rounds) => {
        const further = new SnapshotReader();
        const { provider, collect, series } = collectedColumns({ views: VIEWS, translation, further });
        let second = 0;
        for (const records of rounds) {
          for (const { scope, instrument, code, value } of records) {
            const meter = provider.getMeter(scope);
            if (instrument === "x" || instrument === "viewed")
              meter.createCounter(instrument).add(value, { code });
            else meter.createHistogram(instrument).record(value, { code });
          }
          await collect(++second);
          let expected: Record<string, number> = {};
          await further.collected((collection) => {
            expected = scraped(collection);
          });
          const found: Record<string, number> = {};
          for (const { labels, values, histograms, stale } of await series(undefined, second, second))
            if (stale?.at(-1) !== 1)
              found[textOf(Object.entries(labels))] =
                histograms?.at(-1)?.count ?? values.at(-1) ?? Number.NaN;
          expect(found).toEqual(expected);
        }
      },
    ),
  );
});
