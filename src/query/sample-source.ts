// Sources of samples inside the product: one way to read them, and what is known of their series.
import type { Pause } from "./from-zero.ts";
import { itemsOf, mapped, type Reading, readingOf } from "./reading.ts";
import type { Labels, SampleSeries, Selection, Source } from "./source.ts";
import { samplesAlone, type WindowedSeries, type WindowSelection } from "./windowed-series.ts";

/** Type, description and unit of a metric, as Prometheus' HTTP API has them. */
export interface MetricMetadata {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}

/** Knowledge of a source beside its samples. */
export interface Catalogue {
  /** The labels of the selected series, which may be found without their samples. */
  labels(selection: Selection): Reading<Labels>;
  metadata(): Promise<readonly MetricMetadata[]>;
  /** Times in which nothing was counted, in their order, for selections from a time on. */
  pauses(from: number): Reading<Pause>;
  /**
   * Resolves once there are samples. A query without a time is evaluated after that. With selections, which are repeated
   * later: resolves once they are in memory or cannot be, and never rejects.
   */
  ready(selections?: Iterable<Selection>): Promise<void>;
  /** Time from which all samples are in memory, in Unix milliseconds. Infinite if it is not known. */
  readonly beginUnixMillis: number;
}

/** A source of samples for queries of the product. */
export abstract class SampleSource implements Source {
  /** Whether it returns what {@link Selection.isExact} asks for. */
  get knowsStarts(): boolean {
    return false;
  }

  /**
   * Reads each selection. The readings are independent, but may be made together at the first step of one of them. A
   * reading without a promise needs no turn of the event loop. The values of a series are valid until those of another one
   * are used: a source may decode them when they are.
   *
   * @param selections with one signal.
   */
  abstract read(selections: readonly Selection[]): readonly Reading<SampleSeries>[];

  /**
   * Computes a function over windows from less than all samples. The series are those that {@link read} returns, in the
   * same order. `undefined` if it takes all samples.
   */
  windows?(selection: WindowSelection): Reading<WindowedSeries>;

  catalogue(): Catalogue {
    return {
      labels: (selection) => mapped(readOne(this, selection), ({ labels }) => labels),
      metadata: async () => [],
      pauses: () => readingOf([]),
      ready: async () => {},
      beginUnixMillis: Infinity,
    };
  }

  /** The series of a selection, which stay valid. */
  async *select(selection: Selection): AsyncGenerator<SampleSeries> {
    for await (const series of itemsOf(readOne(this, selection), selection.signal)) yield lasting(series);
  }
}

/** The selection of the samples alone, without other fields of the object. */
export function plainSelection({
  matchers,
  from,
  to,
  needed,
  isFromZero,
  isExact,
  signal,
}: Selection): Selection {
  return { matchers, from, to, needed, isFromZero, isExact, signal };
}

/** Reads one selection. */
export function readOne(source: SampleSource, selection: Selection): Reading<SampleSeries> {
  return source.read([selection])[0] ?? readingOf([]);
}

/** The windows of the selected series if the source computes them, and otherwise their samples. */
export function windowsOf(source: SampleSource, selection: WindowSelection): Reading<WindowedSeries> {
  if (source.windows !== undefined) return source.windows(selection);
  return mapped(readOne(source, plainSelection(selection)), samplesAlone);
}

/** The labels of the selected series. */
export function labelsOf(source: SampleSource, selection: Selection): AsyncGenerator<Labels> {
  return itemsOf(source.catalogue().labels(selection), selection.signal);
}

// A series that is decoded when it is used has its values by a getter.
function lasting(series: SampleSeries): SampleSeries {
  if (Object.hasOwn(series, "values")) return series;
  return { labels: series.labels, times: series.times, values: series.values.slice() };
}
