// A history as the source of queries of a running process.
import type {
  BatchSource,
  LabelSource,
  MetadataSource,
  MetricMetadata,
  PausingSource,
  ReadySource,
  WindowedSeries,
  WindowSelection,
  WindowSource,
} from "../../query/capable-source.ts";
import type { Pause } from "../../query/from-zero.ts";
import type { Labels, SampleSeries, Selection, Source } from "../../query/source.ts";
import type { StoredMetric } from "../store/stored.ts";
import { StoredNames } from "./stored-names.ts";
import type { StoredView } from "./stored-view.ts";

/** A selection with a view. */
export interface ViewedSelection extends Selection {
  readonly view?: StoredView | undefined;
}

/** The parts of a history that a view needs. */
export interface SelectedHistory {
  selectViewed(selection: ViewedSelection): AsyncGenerator<SampleSeries>;
  selectEach(selections: readonly ViewedSelection[]): Promise<readonly Iterable<SampleSeries>[]>;
  windows(selection: WindowSelection & ViewedSelection): AsyncGenerator<WindowedSeries>;
  labels(selection: ViewedSelection): AsyncGenerator<Labels>;
  pauses(view?: StoredView): Promise<readonly Pause[]>;
  storedMetrics(): Promise<readonly StoredMetric[]>;
  ready(): Promise<void>;
}

/** Selects with a view. */
export class ViewedHistory
  implements Source, BatchSource, LabelSource, MetadataSource, PausingSource, ReadySource, WindowSource
{
  readonly #history: SelectedHistory;
  readonly #view: StoredView;

  constructor(history: SelectedHistory, view: StoredView) {
    this.#history = history;
    this.#view = view;
  }

  ready(): Promise<void> {
    return this.#history.ready();
  }

  select(selection: Selection): AsyncGenerator<SampleSeries> {
    return this.#history.selectViewed({ ...selection, view: this.#view });
  }

  selectEach(selections: readonly Selection[]): Promise<readonly Iterable<SampleSeries>[]> {
    return this.#history.selectEach(selections.map((selection) => ({ ...selection, view: this.#view })));
  }

  windows(selection: WindowSelection): AsyncGenerator<WindowedSeries> {
    return this.#history.windows({ ...selection, view: this.#view });
  }

  labels(selection: Selection): AsyncGenerator<Labels> {
    return this.#history.labels({ ...selection, view: this.#view });
  }

  pauses(): Promise<readonly Pause[]> {
    return this.#history.pauses(this.#view);
  }

  async metadata(): Promise<readonly MetricMetadata[]> {
    return metadataOf(await this.#history.storedMetrics(), this.#view);
  }
}

/** Metadata of stored metrics, each name once. */
export function metadataOf(
  metrics: readonly StoredMetric[],
  { translation }: StoredView = {},
): readonly MetricMetadata[] {
  const names = new StoredNames(translation);
  const found = new Map<string, MetricMetadata>();
  if (names.hasTargetInfo && metrics.length > 0)
    found.set("target_info", { name: "target_info", type: "info", help: "Target metadata", unit: "" });
  for (const metric of metrics) {
    const name = names.metricName(metric);
    if (found.has(name)) continue;
    const { type, description } = metric;
    const help = description === "" ? metric.name : description;
    found.set(name, { name, type, help, unit: names.unitOf(metric) });
  }
  return [...found.values()];
}
