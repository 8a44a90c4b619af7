import type { SeriesTable } from "./series/series-table.ts";
import type { Stream } from "./streams/stream.ts";

/** The series of one stream, in the reader that has most of them. */
export interface StreamCardinality {
  /** Name of the instrumentation scope. */
  readonly scope: string;
  /** The stream's name: the instrument's, unless a view gives it another. */
  readonly instrument: string;
  /** Series kept now, the overflow series not counted. */
  readonly series: number;
  /** Series at most. */
  readonly limit: number;
  /** Whether measurements went into the overflow series. */
  readonly overflowed: boolean;
  /** The attribute with the most different values, and how many they are; absent where no series has attributes. */
  readonly widestAttribute?: { readonly key: string; readonly values: number };
}

/** @internal Counts the series of a stream; `undefined` where nobody reads it. Walks all series. */
export function cardinalityOf(scope: string, stream: Stream): StreamCardinality | undefined {
  const tables = stream.stores.map((store) => store.series);
  const fullest = tables.toSorted((a, b) => b.size - a.size)[0];
  if (fullest === undefined) return undefined;
  const widestAttribute = widestOf(fullest);
  return {
    scope,
    instrument: stream.descriptor.name,
    series: fullest.size,
    limit: fullest.limit,
    overflowed: tables.some((table) => table.overflowed),
    ...(widestAttribute !== undefined && { widestAttribute }),
  };
}

function widestOf(table: SeriesTable): { readonly key: string; readonly values: number } | undefined {
  const valuesOf = new Map<string, Set<number>>();
  for (let row = 1; row < table.rowCount; row++) {
    if (!table.isLive(row)) continue;
    for (let i = 0; i < table.pairCountOf(row); i++) {
      const id = table.pairAt(row, i);
      const key = table.interner.keyOf(id);
      const values = valuesOf.get(key);
      if (values === undefined) valuesOf.set(key, new Set([id]));
      else values.add(id);
    }
  }
  const counts = [...valuesOf].map(([key, values]) => ({ key, values: values.size }));
  return counts.toSorted((a, b) => b.values - a.values)[0];
}
