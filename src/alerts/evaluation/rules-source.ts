import {
  type CapableSource,
  type ImmediateSource,
  labelsOf,
  type LabelSource,
  type LoadingSource,
  type MetadataSource,
  type MetricMetadata,
  type ReadySource,
  type SeriesInMemory,
  type WindowedSeries,
  type WindowSelection,
  windowsOf,
  type WindowSource,
} from "../../query/capable-source.ts";
import { labelsKey } from "../../query/labels-key.ts";
import type { Labels, SampleSeries, Selection, Source } from "../../query/source.ts";
import type { RecordedSeries } from "./recorded-series.ts";

/** A source together with the series that rules write. A series of both is that of the rules. */
export class RulesSource
  implements Source, ImmediateSource, LabelSource, LoadingSource, MetadataSource, ReadySource, WindowSource
{
  readonly #source: CapableSource;
  readonly #recorded: RecordedSeries;

  constructor(source: CapableSource, recorded: RecordedSeries) {
    this.#source = source;
    this.#recorded = recorded;
  }

  async ready(): Promise<void> {
    await this.#source.ready?.();
  }

  async load(selections: readonly (readonly Selection[])[]): Promise<void> {
    await this.#source.load?.(selections);
  }

  async *select(selection: Selection): AsyncGenerator<SampleSeries> {
    const own = new Set<string>();
    for await (const series of this.#recorded.select(selection)) {
      own.add(labelsKey(series.labels));
      yield series;
    }
    for await (const series of this.#source.select(selection))
      if (own.size === 0 || !own.has(labelsKey(series.labels))) yield series;
  }

  async *windows(selection: WindowSelection): AsyncGenerator<WindowedSeries> {
    const own = new Set<string>();
    for await (const series of windowsOf(this.#recorded, selection)) {
      own.add(labelsKey(series.labels));
      yield series;
    }
    for await (const series of windowsOf(this.#source, selection))
      if (own.size === 0 || !own.has(labelsKey(series.labels))) yield series;
  }

  async *labels(selection: Selection): AsyncGenerator<Labels> {
    const own = new Set<string>();
    for await (const labels of this.#recorded.labels(selection)) {
      own.add(labelsKey(labels));
      yield labels;
    }
    for await (const labels of labelsOf(this.#source, selection))
      if (own.size === 0 || !own.has(labelsKey(labels))) yield labels;
  }

  async metadata(): Promise<readonly MetricMetadata[]> {
    return (await this.#source.metadata?.()) ?? [];
  }

  inMemory(selections: readonly Selection[]): SeriesInMemory | undefined {
    const source = this.#source.inMemory?.(selections);
    const recorded = this.#recorded;
    return (
      source && {
        select: (selection) =>
          recorded.isWithout(selection)
            ? source.select(selection)
            : bothOf(source, recorded.inMemory(), selection),
      }
    );
  }
}

function* bothOf(
  source: SeriesInMemory,
  recorded: SeriesInMemory,
  selection: Selection,
): Generator<undefined, readonly SampleSeries[], undefined> {
  const own = yield* recorded.select(selection);
  const others = yield* source.select(selection);
  if (own.length === 0) return others;
  const keys = new Set(own.map(({ labels }) => labelsKey(labels)));
  return [...own, ...others.filter(({ labels }) => !keys.has(labelsKey(labels)))];
}
