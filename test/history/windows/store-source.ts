// A store as a source of queries in its own thread.
import { type Reading, readingOf } from "../../../src/query/reading.ts";
import { SampleSource } from "../../../src/query/sample-source.ts";
import type { WindowedSeries, WindowSelection } from "../../../src/query/windowed-series.ts";
import { QueryError } from "../../../src/query/query-error.ts";
import type { SampleSeries, Selection } from "../../../src/query/source.ts";
import type { Store } from "../../../src/history/store/index.ts";
import type { StoredView } from "../../../src/history/select/stored-view.ts";
import { select, type SentSelection } from "../../../src/history/select/select.ts";

/** Selects from a store in the calling thread. */
export class StoreSource extends SampleSource {
  readonly #store: Store;
  readonly #isCancelled: () => boolean;
  readonly #view: StoredView;

  /** @param isCancelled polled during the work */
  constructor(store: Store, isCancelled: () => boolean = () => false, view: StoredView = {}) {
    super();
    this.#store = store;
    this.#isCancelled = isCancelled;
    this.#view = view;
  }

  override get knowsStarts(): boolean {
    return true;
  }

  override read(selections: readonly Selection[]): readonly Reading<SampleSeries>[] {
    return selections.map((selection) => readingOf(this.#samples(selection)));
  }

  override *windows(selection: WindowSelection): Reading<WindowedSeries> {
    yield this.#selected(selection);
  }

  *#samples({ matchers, from, to, needed, isExact }: Selection): Generator<SampleSeries> {
    for (const { samples } of this.#selected({ matchers, from, to, needed, isExact }))
      if (samples !== undefined) yield samples;
  }

  #selected(selection: SentSelection): readonly WindowedSeries[] {
    const { problem, series } = select(this.#store, { ...selection, view: this.#view }, this.#isCancelled);
    if (problem !== undefined) throw new QueryError("execution", problem);
    return series;
  }
}
