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
import { runs } from "../../kit/test-length.ts";

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
  {
    instrumentName: "wide",
    name: "size",
    aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM as const, options: { maxSize: 2 } },
  },
  { instrumentName: "viewed", name: "seen" },
  { instrumentName: "viewed", name: "seen" },
];

const record = fc.record({
  scope: fc.constantFrom("one", "two"),
  instrument: fc.constantFrom("x", "viewed", "coarse", "fine", "exact", "wide"),
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

/** The values of the series that are present at a time in seconds, by their labels. */
async function present(
  series: ReturnType<typeof collectedColumns>["series"],
  second: number,
): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const { labels, values, histograms, stale } of await series(undefined, second, second))
    if (stale?.at(-1) !== 1)
      found[textOf(Object.entries(labels))] = histograms?.at(-1)?.count ?? values.at(-1) ?? Number.NaN;
  return found;
}

async function latestScrape(reader: SnapshotReader): Promise<Record<string, number>> {
  let found: Record<string, number> = {};
  await reader.collected((collection) => {
    found = scraped(collection);
  });
  return found;
}

// Collections are 300 s apart: 16 of them take longer than the retention, so columns are removed, and used again.
test("live samples are the series of a scrape, whatever series are the same in Prometheus", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(record, { maxLength: 8 }), { minLength: 1, maxLength: 36, size: "max" }),
      async (rounds) => {
        const further = new SnapshotReader();
        const { provider, collect, series } = collectedColumns({ views: VIEWS, translation, further });
        let second = 0;
        for (const records of rounds) {
          for (const { scope, instrument, code, value } of records) {
            const meter = provider.getMeter(scope);
            if (instrument === "x" || instrument === "viewed")
              meter.createCounter(instrument).add(value, { code });
            else
              meter
                .createHistogram(instrument)
                .record(instrument === "wide" ? 10 ** (10 * value) : value, { code });
          }
          await collect((second += 300));
          expect(await present(series, second)).toEqual(await latestScrape(further));
        }
      },
    ),
    { numRuns: runs(30) },
  );
});

// Series of one family that come and go. The later scope has the labels of an attribute of the first one.
const SOME_ATTRIBUTES = [
  ...CODES.map((code) => ({ code })),
  {},
  { code: "200", otel_scope_name: "two" },
  { otel_scope_name: "two", otel_scope_version: "" },
];
const observation = fc.record({
  scope: fc.constantFrom("one", "two"),
  attributes: fc.constantFrom(...SOME_ATTRIBUTES),
  value: fc.integer({ min: 1, max: 20 }),
});

test("a family of many series is that of a scrape, while a few of them come, go and collide", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(observation, { maxLength: 4 }), { minLength: 1, maxLength: 50, size: "max" }),
      fc.constantFrom("Counter", "UpDownCounter", "Gauge"),
      async (rounds, kind) => {
        const further = new SnapshotReader();
        const { provider, collect, series } = collectedColumns({ translation, further });
        let observed: (typeof rounds)[number] = [];
        // A family whose name is that of a sample of a histogram "x".
        provider.getMeter("one").createGauge("x.count").record(1);
        for (const name of ["one", "two"]) {
          const observable = provider.getMeter(name)[`createObservable${kind}` as const]("x");
          observable.addCallback((result) => {
            if (name === "one") for (let i = 0; i < 50; i++) result.observe(i, { code: `other ${i}` });
            for (const { scope, attributes, value } of observed)
              if (scope === name) result.observe(value, attributes);
          });
        }
        let second = 0;
        for (const round of rounds) {
          observed = round;
          await collect((second += 300));
          expect(await present(series, second)).toEqual(await latestScrape(further));
        }
      },
    ),
    { numRuns: runs(40) },
  );
});

test("two series that collide add a few steps to a collection of many", async () => {
  const reader = new SnapshotReader();
  const { meter, columns } = collectedColumns({ further: reader });
  const steps = async (second: number): Promise<number> => {
    let count = 0;
    await reader.collected((collection) => {
      for (const _ of columns.append({ ...collection, timeUnixMillis: second * 1_000 })) count++;
    });
    return count;
  };
  const counter = meter.createCounter("x");
  for (let i = 0; i < 1_000; i++) counter.add(1, { id: i });
  await steps(1);
  const alone = await steps(2);
  for (const code of [200, "200"]) counter.add(1, { code });
  await steps(3);
  expect(await steps(4)).toBeLessThan(alone + 10);
});
