import { sampleSourceOf } from "../../../src/query/given-source.ts";
import { mapped, type Reading } from "../../../src/query/reading.ts";
import { SampleSource, windowsOf } from "../../../src/query/sample-source.ts";
import { QueryError } from "../../../src/query/query-error.ts";
import type { QueryResult } from "../../../src/query/result.ts";
import type { SampleSeries, Selection, Source } from "../../../src/query/source.ts";
import type { WindowedSeries, WindowSelection } from "../../../src/query/windowed-series.ts";

/** The samples alone of a source, all of them. */
export function samplesOf(source: Source): SampleSource {
  return new AllSamples(sampleSourceOf(source));
}

class AllSamples extends SampleSource {
  readonly #source: SampleSource;

  constructor(source: SampleSource) {
    super();
    this.#source = source;
  }

  override get knowsStarts(): boolean {
    return this.#source.knowsStarts;
  }

  override read(selections: readonly Selection[]): readonly Reading<SampleSeries>[] {
    return this.#source.read(selections.map((selection) => ({ ...selection, needed: undefined })));
  }
}

/** Counts the series with computed values. */
export class Counting extends SampleSource {
  computed = 0;
  readonly #source: SampleSource;

  constructor(source: SampleSource) {
    super();
    this.#source = source;
  }

  override get knowsStarts(): boolean {
    return this.#source.knowsStarts;
  }

  override read(selections: readonly Selection[]): readonly Reading<SampleSeries>[] {
    return this.#source.read(selections);
  }

  override windows(selection: WindowSelection): Reading<WindowedSeries> {
    return mapped(windowsOf(this.#source, selection), (series) => {
      if (series.values.length > 0) this.computed++;
      return series;
    });
  }
}

/** The result of a query, or its error. */
export async function outcome(result: Promise<QueryResult>): Promise<QueryResult | QueryError> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof QueryError) return error;
    throw error;
  }
}
