import type {
  CapableSource,
  ImmediateSource,
  LabelSource,
  LoadingSource,
  MetadataSource,
  MetricMetadata,
  PausingSource,
  ReadySource,
  SeriesInMemory,
  WindowedSeries,
  WindowSelection,
  WindowSource,
} from "../../query/capable-source.ts";
import { windowsOf } from "../../query/capable-source.ts";
import type { Pause } from "../../query/from-zero.ts";
import { JoinedSource, joinedSeries } from "../../query/joined-source.ts";
import { labelsKey } from "../../query/labels-key.ts";
import type { Labels, SampleSeries, Selection, Source } from "../../query/source.ts";
import type { RecordedSeries } from "./recorded-series.ts";

/** A source together with the series that rules write. Those in memory continue those of the source, such as of a history. */
export class RulesSource
  implements
    Source,
    ImmediateSource,
    LabelSource,
    LoadingSource,
    MetadataSource,
    PausingSource,
    ReadySource,
    WindowSource
{
  readonly #source: CapableSource;
  readonly #recorded: RecordedSeries;
  readonly #joined: JoinedSource;

  constructor(source: CapableSource, recorded: RecordedSeries) {
    this.#source = source;
    this.#recorded = recorded;
    this.#joined = new JoinedSource(source, recorded);
  }

  async ready(): Promise<void> {
    await this.#source.ready?.();
  }

  async load(selections: readonly (readonly Selection[])[]): Promise<void> {
    await this.#source.load?.(selections);
  }

  select(selection: Selection): AsyncIterable<SampleSeries> {
    return this.#of(selection).select(selection);
  }

  windows(selection: WindowSelection): AsyncIterable<WindowedSeries> {
    return windowsOf(this.#of(selection), selection);
  }

  labels(selection: Selection): AsyncIterable<Labels> {
    return this.#joined.labels(selection);
  }

  async pauses(): Promise<readonly Pause[]> {
    return (await this.#source.pauses?.()) ?? [];
  }

  async metadata(): Promise<readonly MetricMetadata[]> {
    return (await this.#source.metadata?.()) ?? [];
  }

  inMemory(selections: readonly Selection[]): SeriesInMemory | undefined {
    const source = this.#source.inMemory?.(selections);
    const recorded = this.#recorded;
    return (
      source && {
        pauses: source.pauses,
        select: (selection) =>
          recorded.isWithout(selection)
            ? source.select(selection)
            : bothOf(source, recorded.inMemory(), selection),
      }
    );
  }

  #of(selection: Selection): CapableSource {
    return this.#recorded.isWithout(selection) ? this.#source : this.#joined;
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
  if (others.length === 0) return own;
  const left = new Map(own.map((series) => [labelsKey(series.labels), series]));
  const joined = others.map((series) => {
    const key = labelsKey(series.labels);
    const newer = left.get(key);
    left.delete(key);
    return newer === undefined ? series : joinedSeries(series, newer);
  });
  return [...joined, ...left.values()];
}
