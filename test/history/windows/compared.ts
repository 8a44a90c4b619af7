import type { CapableSource, WindowedSeries, WindowSelection } from "../../../src/query/capable-source.ts";
import { QueryError } from "../../../src/query/query-error.ts";
import type { QueryResult } from "../../../src/query/result.ts";
import type { SampleSeries, Selection } from "../../../src/query/source.ts";

/** The samples alone of a source, all of them. */
export function samplesOf(source: CapableSource): CapableSource {
  return { select: (selection) => source.select({ ...selection, needed: undefined }) };
}

/** Counts the series with computed values. */
export class Counting implements CapableSource {
  computed = 0;
  readonly #source: CapableSource;

  constructor(source: CapableSource) {
    this.#source = source;
  }

  select(selection: Selection): AsyncIterable<SampleSeries> {
    return this.#source.select(selection);
  }

  async *windows(selection: WindowSelection): AsyncGenerator<WindowedSeries> {
    for await (const series of this.#source.windows?.(selection) ?? []) {
      if (series.values.length > 0) this.computed++;
      yield series;
    }
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
