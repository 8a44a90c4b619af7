// Client of the store of a history: what the parts of the product read and write.
import type { TelemetryEvent } from "../events/event.ts";
import { warnOnceAMinute } from "../diagnostics/rate-limit.ts";
import { type HistoryOptions, type HistorySettings, openedSettings } from "../options/history.ts";
import type { EncodedCollection } from "./encoded-collection.ts";
import { eventFrom } from "./events/store.ts";
import type { JointModel } from "./models/joint-model.ts";
import type { TrainingRange, Untrained } from "./models/training.ts";
import type { WindowModel } from "./models/window-model.ts";
import type { MetricTotals, TotalsRequest } from "./query/totals.ts";
import type { StoredView } from "./select/stored-view.ts";
import { ViewedHistory } from "./select/viewed-history.ts";
import type { LatestFilter, Sample, StoredEvent, StoredModel, StoreUsage } from "./store/stored.ts";
import { type FinalWrites, HistoryThread, type StoreWarning } from "./thread/index.ts";
import type { Answered, Request, RequestKind } from "./thread/message.ts";
import { packedEvents, packedSamples } from "./thread/packed.ts";

const DAY_MILLIS = 86_400_000;
const DEFAULT_INTERVAL_MILLIS = 60_000;
// Less than the grace period of common process supervisors.
const LAST_LIMIT_MILLIS = 2_000;

/** Options of `History.open`. */
export interface OpenHistoryOptions extends HistoryOptions {
  /** Opens the existing file without writing to it. @defaultValue false */
  readonly readOnly?: boolean | undefined;
}

/** The store of a history, in a thread of its own. */
export class HistoryStore {
  readonly retention: Pick<HistorySettings, "eventsDays" | "metricsDays">;
  readonly #thread: HistoryThread;
  #closed: Promise<void> | undefined;

  /** Begins to open a store. A failure is reported by {@link ready} and by later calls. */
  constructor(settings: HistorySettings, intervalMillis: number, readOnly = false) {
    this.retention = settings;
    const { path, metricsDays, eventsDays, maxBytes } = settings;
    this.#thread = new HistoryThread({
      path,
      readOnly,
      intervalMillis,
      metricsMillis: metricsDays * DAY_MILLIS,
      eventsMillis: eventsDays * DAY_MILLIS,
      maxBytes,
    });
    this.#thread.opened.catch(() => {});
  }

  /** @throws HistoryOptionsError or HistoryStoreError, as `History.open` */
  static async open(options: OpenHistoryOptions): Promise<HistoryStore> {
    const { readOnly, ...settings } = openedSettings(options);
    const store = new HistoryStore(settings, DEFAULT_INTERVAL_MILLIS, readOnly);
    await store.ready();
    return store;
  }

  /** Rejects if the store cannot be opened. */
  ready(): Promise<void> {
    return this.#thread.opened;
  }

  /** Sends a request to the thread, once the store is open. */
  async ask<Kind extends RequestKind>(
    request: Request & { readonly kind: Kind },
    signal?: AbortSignal,
  ): Promise<Answered<Kind>> {
    signal?.throwIfAborted();
    await this.#thread.opened;
    return this.#thread.ask<Kind>(request, signal);
  }

  /** A source of queries under the names of a reader, beside the live samples of this process. */
  viewed(view: StoredView): ViewedHistory {
    return new ViewedHistory(this, view);
  }

  /** The latest events, oldest first. */
  async latestEvents(filter: LatestFilter, signal: AbortSignal): Promise<readonly TelemetryEvent[]> {
    return (await this.ask({ kind: "latestEvents", given: filter }, signal)).map(eventFrom);
  }

  /** Learns the windows of a series, in the thread of the store. */
  trainWindow(
    values: Float64Array,
    range: TrainingRange,
    signal?: AbortSignal,
  ): Promise<WindowModel | Untrained> {
    return this.ask({ kind: "trainWindow", given: { values, range } }, signal);
  }

  /** Learns the correlations of a group, in the thread of the store. */
  trainJoint(
    columns: readonly Float64Array[],
    range: TrainingRange,
    signal?: AbortSignal,
  ): Promise<JointModel | Untrained> {
    return this.ask({ kind: "trainJoint", given: { columns, range } }, signal);
  }

  models(): Promise<readonly StoredModel[]> {
    return this.ask({ kind: "models", given: undefined });
  }

  /** Stores a model under its name, or removes it. Rejects if the store is read-only. */
  putModel(name: string, document: string | undefined): Promise<void> {
    return this.ask({ kind: "putModel", given: { name, document } });
  }

  /** Resolves once the collection is committed. */
  appendCollection(collection: EncodedCollection): Promise<void> {
    return this.ask({ kind: "append", given: collection });
  }

  /** Resolves once the events are committed, to the ids that other stored events have. */
  async appendEvents(events: readonly StoredEvent[]): Promise<readonly string[]> {
    const request = { kind: "appendEvents", given: packedEvents(events) } as const;
    try {
      return await this.ask(request);
    } catch {
      // Retried because the thread may have died; events with known ids are not stored again.
      return this.ask(request);
    }
  }

  /** Resolves once the samples are committed. */
  async appendSamples(samples: readonly Sample[]): Promise<void> {
    await this.ask({ kind: "appendSamples", given: packedSamples(samples) });
  }

  /** Exact totals, for the bridge and the report. */
  totals(request: TotalsRequest): Promise<readonly MetricTotals[]> {
    return this.ask({ kind: "totals", given: request });
  }

  storeUsage(): Promise<StoreUsage> {
    return this.ask({ kind: "usage", given: undefined });
  }

  /** The last warning since the start of the process. */
  get lastWarning(): StoreWarning | undefined {
    return this.#thread.lastWarning;
  }

  /** Blocks, for the end of a process. Returns whether the data was stored. */
  appendLast(writes: FinalWrites): boolean {
    return this.#thread.appendSync(writes, LAST_LIMIT_MILLIS);
  }

  /** Writes data from memory to the disk, before the process ends. Data that must stay in memory is logged. */
  async recoverLast(): Promise<void> {
    if (await this.ask({ kind: "recover", given: undefined })) return;
    warnOnceAMinute(
      "history: the disk does not accept writes, so the data in memory is lost if the process ends now",
    );
  }

  /** Completes earlier requests and closes the file. Idempotent. */
  close(): Promise<void> {
    return (this.#closed ??= this.#thread.opened.then(
      () => this.#thread.close(),
      () => {},
    ));
  }
}
