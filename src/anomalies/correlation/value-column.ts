// Columns of gauges and counters.
import { type Cells, gaugeColumn, rateColumn } from "./column.ts";
import type { LoadedSeries } from "./loaded-series.ts";
import { riseAlways } from "./points.ts";

/** Values of the cells: means of a gauge, rates of a counter. */
export interface ValueColumn {
  readonly column: Float64Array;
  readonly isRate: boolean;
}

/** Column of a series: a counter by its name, or since its values never fall, is one of rates. */
export function valueColumn({ name, points }: LoadedSeries, cells: Cells, isNew: boolean): ValueColumn {
  const isRate = /_(?:total|count)$/.test(name) || riseAlways(points);
  return { column: isRate ? rateColumn(points, cells, isNew) : gaugeColumn(points, cells), isRate };
}
