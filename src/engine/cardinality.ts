import type { SeriesTable } from "./series/series-table.ts";
import type { Stream } from "./streams/stream.ts";

/** Number of series of one stream, in one reader: among those that overflowed, if there are any, the one that has most of them. */
export interface StreamCardinality {
  /** Name of the instrumentation scope. */
  readonly scope: string;
  /** Name of the stream: the instrument's name, or the name that a view sets. */
  readonly instrument: string;
  /** Number of series now, without the overflow series. */
  readonly series: number;
  /** Maximum number of series. */
  readonly limit: number;
  /** Whether measurements went into the overflow series. */
  readonly overflowed: boolean;
  /** Attribute with the most distinct values, and their number. Absent if no series has attributes. */
  readonly widestAttribute?: {
    /** Key of the attribute. */
    readonly key: string;
    /** Number of its distinct values. */
    readonly values: number;
  };
}

/** @internal Counts the series of a stream; `undefined` if the stream has no reader. Walks all series. */
export function cardinalityOf(scope: string, stream: Stream): StreamCardinality | undefined {
  const tables = stream.stores.map((store) => store.series);
  const fullest = tables.toSorted(
    (a, b) => Number(b.overflowed) - Number(a.overflowed) || b.size - a.size,
  )[0];
  if (fullest === undefined) return undefined;
  const widestAttribute = widestOf(fullest);
  return {
    scope,
    instrument: stream.descriptor.name,
    series: fullest.size,
    limit: fullest.limit,
    overflowed: fullest.overflowed,
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
