// A store as a source of queries in its own thread.
import type { WindowedSeries, WindowSelection, WindowSource } from "../../../src/query/capable-source.ts";
import { QueryError } from "../../../src/query/query-error.ts";
import type { SampleSeries, Selection, Source } from "../../../src/query/source.ts";
import type { Store } from "../../../src/history/store/index.ts";
import { select, type SentSelection } from "../../../src/history/select/select.ts";

/** Selects from a store in the calling thread. */
export class StoreSource implements Source, WindowSource {
  readonly #store: Store;
  readonly #isCancelled: () => boolean;

  /** @param isCancelled polled during the work */
  constructor(store: Store, isCancelled: () => boolean = () => false) {
    this.#store = store;
    this.#isCancelled = isCancelled;
  }

  // oxlint-disable-next-line typescript/require-await -- generators of promises are the interface.
  async *select({ matchers, from, to, needed }: Selection): AsyncGenerator<SampleSeries> {
    for (const { samples } of this.#selected({ matchers, from, to, needed }))
      if (samples !== undefined) yield samples;
  }

  // oxlint-disable-next-line typescript/require-await -- generators of promises are the interface.
  async *windows(selection: WindowSelection): AsyncGenerator<WindowedSeries> {
    yield* this.#selected(selection);
  }

  #selected(selection: SentSelection): readonly WindowedSeries[] {
    const { problem, series } = select(this.#store, selection, this.#isCancelled);
    if (problem !== undefined) throw new QueryError("execution", problem);
    return series;
  }
}
