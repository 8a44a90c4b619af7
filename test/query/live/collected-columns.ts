import type { Resource } from "@opentelemetry/resources";
import { type IMetricReader, MeterProvider, type ViewOptions } from "tachymeter/metrics";
import { SnapshotReader } from "../../../src/readers/reader.ts";
import { LiveColumns } from "../../../src/query/live/live-columns.ts";
import type { SampleSeries } from "../../../src/query/source.ts";
import type { TranslationSettings } from "../../../src/translation/strategy.ts";

/** Options of {@link collectedColumns}. */
export interface CollectedColumnsOptions {
  readonly views?: ViewOptions[];
  readonly translation?: TranslationSettings;
  readonly maxBytes?: number;
  readonly cardinalityLimit?: number;
  readonly seriesTimeToLive?: number | undefined;
  readonly resource?: Resource;
  /** A further reader of the provider. */
  readonly further?: IMetricReader;
}

/** A provider whose collections are added to columns at times that the test chooses. */
export function collectedColumns({
  views = [],
  translation = { scopeLabels: false, targetInfo: false },
  maxBytes = 64 * 1024 ** 2,
  cardinalityLimit = 100_000,
  seriesTimeToLive,
  resource,
  further,
}: CollectedColumnsOptions = {}) {
  const reader = new SnapshotReader();
  const readers = further === undefined ? [reader] : [reader, further];
  const provider = new MeterProvider({
    readers,
    views,
    cardinalityLimit,
    seriesTimeToLive,
    ...(resource && { resource }),
  });
  const columns = new LiveColumns({ maxBytes, translation });
  return {
    provider,
    meter: provider.getMeter("test"),
    columns,
    /** Collects at a time in seconds. */
    collect: (seconds: number): Promise<void> =>
      reader.collected((collection) => {
        for (const _ of columns.append({ ...collection, timeUnixMillis: seconds * 1_000 }));
      }),
    /** The series of a name, or of all names, between two times in seconds. */
    series: async (name?: string, from = -1e9, to = 1e9): Promise<readonly SampleSeries[]> => {
      const matchers = name === undefined ? [] : [{ label: "__name__", operator: "=" as const, value: name }];
      const found: SampleSeries[] = [];
      for await (const series of columns.select({ matchers, from: from * 1_000, to: to * 1_000 }))
        found.push(series);
      return found;
    },
  };
}

/** The samples of a series as pairs of seconds and values; a stale marker is `stale`. */
export function pairsOf(series: SampleSeries | undefined): readonly (readonly [number, number | "stale"])[] {
  if (series === undefined) return [];
  const { times, values, stale } = series;
  return [...times].map((time, i) => [time / 1_000, stale?.[i] === 1 ? "stale" : values[i]!]);
}
