import { show } from "../diagnostics/show.ts";
import type { SeriesTable } from "./series/series-table.ts";
import type { Stream } from "./streams/stream.ts";

// Those of the default limit, which take less than a millisecond.
const MAX_ROWS_OF_MESSAGE = 2_000;

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

/** @internal The log message for a table that has overflowed. Its widest attribute is found in some of the series. */
export function overflowMessage(table: SeriesTable): string {
  const widest = widestOf(table, MAX_ROWS_OF_MESSAGE);
  const remedy =
    widest === undefined
      ? ""
      : `remove the attribute ${show(widest.key)}, which has the most values, with a view, or `;
  return `has the maximum of ${table.limit} series, so further attribute sets are added up in the series otel.metric.overflow=true; ${remedy}raise cardinalityLimit`;
}

function widestOf(
  table: SeriesTable,
  maxRows = Infinity,
): { readonly key: string; readonly values: number } | undefined {
  const valuesOf = new Map<string, Set<number>>();
  for (let row = 1; row < Math.min(table.rowCount, maxRows); row++) {
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
