// A history as the source of queries.
import type { Pieces } from "../../query/evaluation/evaluation.ts";
import type { Pause } from "../../query/from-zero.ts";
import { QueryError } from "../../query/query-error.ts";
import { awaited, type Reading, readingOf, untilClosed } from "../../query/reading.ts";
import { type Catalogue, type MetricMetadata, SampleSource } from "../../query/sample-source.ts";
import type { Labels, SampleSeries, Selection } from "../../query/source.ts";
import type { WindowedSeries, WindowSelection } from "../../query/windowed-series.ts";
import type { StoredMetric } from "../store/stored.ts";
import type { Answered, Request, RequestKind } from "../thread/message.ts";
import { type PackedSelection, unpackedLabels, unpackedSelection, unpackedWindows } from "./packed-series.ts";
import { StoredNames } from "./stored-names.ts";
import type { StoredView } from "./stored-view.ts";

/** The thread of a history. */
export interface AskedHistory {
  ask<Kind extends RequestKind>(
    request: Request & { readonly kind: Kind },
    signal?: AbortSignal,
  ): Promise<Answered<Kind>>;
  /** Rejects if the store cannot be opened. */
  ready(): Promise<void>;
}

/** Selects with a view. */
export class ViewedHistory extends SampleSource implements Catalogue {
  readonly #history: AskedHistory;
  readonly #view: StoredView;
  readonly beginUnixMillis: number = Infinity;

  constructor(history: AskedHistory, view: StoredView) {
    super();
    this.#history = history;
    this.#view = view;
  }

  override get knowsStarts(): boolean {
    return true;
  }

  override catalogue(): Catalogue {
    return this;
  }

  ready(): Promise<void> {
    return this.#history.ready();
  }

  /** Reads all selections in one request, which ends with a single one. */
  override read(selections: readonly Selection[]): readonly Reading<SampleSeries>[] {
    if (selections.length === 1) return selections.map((selection) => this.#readAlone(selection));
    let asked: Promise<readonly PackedSelection[]> | undefined;
    const ask = (): Promise<readonly PackedSelection[]> => (asked ??= this.#ask(selections));
    return selections.map((_, i) => readTogether(ask, i));
  }

  override *windows(selection: WindowSelection): Reading<WindowedSeries> {
    yield* readingOf(unpackedWindows(yield* this.#packed(selection)));
  }

  *labels({ matchers, from, to, signal }: Selection): Reading<Labels> {
    const given = { matchers, from, to, view: this.#view };
    const packed = yield* untilClosed(signal, (ending) =>
      awaited(this.#history.ask({ kind: "selectLabels", given }, ending)),
    );
    yield* readingOf(unpackedLabels(packed));
  }

  *pauses(): Reading<Pause> {
    yield yield* awaited(this.#history.ask({ kind: "pauses", given: this.#view.own }));
  }

  async metadata(): Promise<readonly MetricMetadata[]> {
    return metadataOf(await this.#history.ask({ kind: "metrics", given: undefined }), this.#view);
  }

  *#readAlone(selection: Selection): Reading<SampleSeries> {
    yield* readingOf(unpackedSelection(yield* this.#packed(selection)));
  }

  *#packed(selection: Selection): Pieces<PackedSelection> {
    const [packed] = yield* untilClosed(selection.signal, (ending) =>
      awaited(this.#ask([selection], ending)),
    );
    return checkedSelection(packed);
  }

  #ask(selections: readonly Selection[], signal?: AbortSignal): Promise<readonly PackedSelection[]> {
    const given = selections.map((each) => ({ ...each, view: this.#view, signal: undefined }));
    return this.#history.ask({ kind: "select", given }, signal);
  }
}

function* readTogether(ask: () => Promise<readonly PackedSelection[]>, i: number): Reading<SampleSeries> {
  yield* readingOf(unpackedSelection(checkedSelection((yield* awaited(ask()))[i])));
}

function checkedSelection(packed: PackedSelection | undefined): PackedSelection {
  if (packed === undefined) throw new Error("the thread of the store has sent no selection");
  if (packed.problem !== undefined) throw new QueryError("execution", packed.problem);
  return packed;
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
