// Collections in the form in which a process sends them to its store.
import {
  emptyCells,
  type EncodedCollection,
  type SeriesDescription,
  type SeriesLayout,
} from "../../../src/history/encoded-collection.ts";
import type { Block } from "../../../src/history/store/block.ts";
import type { Store } from "../../../src/history/store/index.ts";

/** A series of a collection. */
export interface Collected {
  /** Number of the series. */
  readonly id: number;
  readonly cells: readonly number[];
  readonly type?: SeriesDescription["type"];
  readonly layout?: SeriesLayout;
  readonly metric?: string;
}

/** Creates the collections of one process, which describes each series once. */
export class Collections {
  readonly #described = new Set<number>();
  readonly #instance: string;

  constructor(instance = "a") {
    this.#instance = instance;
  }

  at(time: number, series: readonly Collected[]): EncodedCollection {
    const { buffer, ids, widths, cells } = emptyCells(
      series.length,
      series.flatMap((each) => each.cells).length,
    );
    ids.set(series.map(({ id }) => id));
    widths.set(series.map((each) => each.cells.length));
    cells.set(series.flatMap((each) => each.cells));
    const isNew = ({ id }: Collected): boolean => !this.#described.has(id);
    const newSeries = series.filter(isNew).map(described);
    for (const { id } of newSeries) this.#described.add(id);
    return { timeUnixMillis: time, resource: { "service.instance.id": this.#instance }, newSeries, buffer };
  }
}

/** A series of numbers, a gauge by default. */
export function numberOf(id: number, value: number, type: "gauge" | "counter" = "gauge"): Collected {
  return { id, cells: [value], type };
}

function described({
  id,
  type = "gauge",
  layout = { kind: "number" },
  metric,
}: Collected): SeriesDescription {
  const name = metric ?? `${type}.${layout.kind}`;
  return {
    id,
    metric: name,
    prometheusName: name.replaceAll(".", "_"),
    type,
    unit: "By",
    description: "what it is",
    layout,
    attributes: { number: id },
    scope: { name: "test", version: "1" },
    startTimeUnixMillis: 1,
  };
}

/** All blocks of a metric's series, by the numbers used in collections. */
export function blocksOf(
  store: Store,
  metric: string,
  from = -Infinity,
  to = Infinity,
): Map<number, readonly Block[]> {
  const series = store.find(metric).flatMap(({ id }) => store.series(id));
  const numbers = new Map(series.map(({ id, attributes }) => [id, Number(attributes["number"])]));
  const found = new Map<number, Block[]>();
  const ids = series.map(({ id }) => id);
  for (const block of store.read(ids, from, to)) {
    const number = numbers.get(block.series)!;
    found.set(number, [...(found.get(number) ?? []), block]);
  }
  return found;
}

/** The points of a metric's numeric series, by the numbers used in collections. */
export function pointsOf(
  store: Store,
  metric: string,
): Map<number, readonly [time: number, value: number][]> {
  return new Map(
    [...blocksOf(store, metric)].map(([number, blocks]) => [
      number,
      blocks.flatMap((block) => {
        if (block.kind !== "numbers") throw new Error(`series ${number} has histograms`);
        const values = block.values();
        return Array.from(block.times(), (time, i): [number, number] => [time, values[i]!]);
      }),
    ]),
  );
}
