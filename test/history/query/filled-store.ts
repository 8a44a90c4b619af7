import type { Attributes } from "@opentelemetry/api";
import {
  emptyCells,
  type SeriesDescription,
  type SeriesLayout,
} from "../../../src/history/encoded-collection.ts";
import { Store } from "../../../src/history/store/index.ts";

/** A series of a process, with its cells in each collection, if present. */
export interface GivenSeries {
  readonly type?: SeriesDescription["type"];
  readonly metric?: string;
  readonly attributes?: Attributes;
  readonly bounds?: readonly number[];
  readonly start?: number;
  /** Version of its scope. */
  readonly version?: string;
  /** Whether it was 0 at its start. @defaultValue true, but for gauges */
  readonly isFromZero?: boolean;
  /** Whether the cells of a histogram end with the minimum and maximum. */
  readonly hasMinMax?: boolean;
  /** Sum and counts for a histogram. */
  readonly cells: readonly (number | readonly number[] | undefined)[];
}

/** Collections of one process. */
export interface GivenProcess {
  readonly resource?: Attributes;
  /** Times of the collections, in milliseconds. */
  readonly times: readonly number[];
  readonly series: readonly GivenSeries[];
}

export const INTERVAL_MILLIS = 10_000;

/** A store in memory with the collections of consecutive processes. */
export function filledStore(...processes: readonly GivenProcess[]): Store {
  const store = Store.open({ path: ":memory:", intervalMillis: INTERVAL_MILLIS, now: () => 0 });
  let nextId = 0;
  for (const { resource = {}, times, series } of processes) {
    const ids = series.map(() => nextId++);
    const told = new Set<number>();
    for (const [i, time] of times.entries()) {
      const present = series.flatMap((each, j) => {
        const given = each.cells[i];
        return given === undefined
          ? []
          : [{ each, id: ids[j]!, cells: typeof given === "number" ? [given] : given }];
      });
      const { buffer, ...parts } = emptyCells(present.length, present.flatMap(({ cells }) => cells).length);
      parts.ids.set(present.map(({ id }) => id));
      parts.widths.set(present.map(({ cells }) => cells.length));
      parts.cells.set(present.flatMap(({ cells }) => cells));
      const newSeries = present.filter(({ id }) => !told.has(id)).map(({ each, id }) => described(each, id));
      for (const { id } of newSeries) told.add(id);
      store.append({ timeUnixMillis: time, resource, newSeries, buffer });
    }
  }
  return store;
}

function described(series: GivenSeries, id: number): SeriesDescription {
  const { type = "gauge", metric = "m", attributes = {}, start = 0, version = "" } = series;
  const { bounds, hasMinMax = false, isFromZero = type !== "gauge" } = series;
  const layout: SeriesLayout =
    bounds === undefined ? { kind: "number" } : { kind: "buckets", bounds, hasMinMax };
  return {
    id,
    metric,
    prometheusName: type === "counter" ? `${metric}_total` : metric,
    type,
    unit: "By",
    description: "",
    layout: isFromZero ? { ...layout, isFromZero } : layout,
    attributes,
    scope: { name: "test", version },
    startTimeUnixMillis: start,
  };
}
