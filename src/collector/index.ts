// Registry of named metrics, with events and hooks. Works alone; the running Tachymeter's collector covers all its
// metrics.
import { COLLECTOR_CHECKS } from "../options/facades.ts";
import { warnOfLongInterval } from "../options/long-interval.ts";
import { parsed } from "../options/parser.ts";
import { LogOnce } from "../diagnostics/log-once.ts";
import type { EventLog } from "../events/log.ts";
import { type EventCallback, Events } from "../events/events.ts";
import { CollectionRuns } from "./collection-runs.ts";
import { ExportedMetrics } from "./exported-metrics.ts";
import { CollectorProvider } from "./provider.ts";
import type { Coordination } from "../facades/coordination/index.ts";
import type { EventSink } from "../recording/event-sink.ts";
import type { FacadeOptions } from "../recording/facade-meter.ts";
import type { Health } from "../facades/health/index.ts";
import type { Messaging } from "../facades/messaging/index.ts";
import { checkedHistogramOptions, checkedRegistration } from "./metric-registration.ts";
import type { MetricsSource } from "./metrics-exporter.ts";
import type { NamedCounter, NamedGauge, NamedHistogram } from "./named-metrics.ts";
import { RegisteredMetrics } from "./registered-metrics.ts";
import type { Collection } from "../engine/collection/collection.ts";
import { Mutex } from "../io/mutex.ts";
import { inSlices, nowOrInSlices } from "../io/yield.ts";
import type { Labels, Snapshot } from "../translation/snapshot-document.ts";

/** Options of `TelemetryCollector`. */
export interface CollectorOptions extends FacadeOptions {
  /**
   * Seconds between two collections, once `startCollection` was called.
   *
   * @defaultValue 60
   */
  readonly collectionInterval?: number | undefined;
  /**
   * Maximum number of events kept; the oldest are dropped first.
   *
   * @defaultValue 10000
   */
  readonly maxEvents?: number | undefined;
  /** Event log to which each event is appended; none by default. */
  readonly eventLog?: EventLog | undefined;
}

/** Options of `TelemetryCollector.registerHistogram`. */
export interface NamedHistogramOptions {
  /**
   * Upper bounds of the buckets, in rising order. A bucket for all greater values is added.
   *
   * @defaultValue boundaries from 0.005 to 10 if the name ends in `_seconds`, else OpenTelemetry's, from 0 to 10000
   */
  readonly buckets?: readonly number[] | undefined;
  /** Names of the labels that measurements may have; any by default. */
  readonly labels?: readonly string[] | undefined;
  /**
   * Unit in UCUM.
   *
   * @defaultValue "s" if the name ends in `_seconds`, "By" if it ends in `_bytes`, else none
   */
  readonly unit?: string | undefined;
}

/** Name of a facade that can be connected to a collector. */
export type FacadeAreaName = "coordination" | "messaging" | "health";

/** Makes a collection, passes it to `use`, which must not keep it after its end, and resolves to the result of `use`. */
export type Collected = <Result>(
  use: (collection: Collection) => Result | Promise<Result>,
) => Promise<Result>;

/**
 * @internal Connects a collector to the running Tachymeter, whose metrics and facades it then uses in place of its own.
 */
export interface CollectorLink {
  /** Makes a collection of every series of the provider; absent if only the provider's own SDK can read it. */
  readonly collected?: Collected;
  /** Facade of the running Tachymeter. */
  readonly coordination: Coordination;
  /** Facade of the running Tachymeter. */
  readonly messaging: Messaging;
  /** Facade of the running Tachymeter. */
  readonly health: Health;
}

/** @internal Parts of a collector, for the modules that build on it. */
export interface CollectorParts {
  /** Options for the facades of a connected collector. */
  readonly options: FacadeOptions;
  /** Events of the collector. */
  readonly events: Events;
  /** Metrics registered by name. */
  readonly metrics: RegisteredMetrics;
  /** Provider on which everything is recorded. It is also the provider of the facades of a collector that runs alone. */
  readonly provider: CollectorProvider;
  /** Areas whose facade is just handling an event of a hook. The facade must raise no event for it. */
  readonly applying: Set<FacadeAreaName>;
  /** Connection to the running Tachymeter, if there is one. */
  link?: CollectorLink;
}

const loadSnapshots = (): Promise<typeof import("../translation/snapshot.ts")> =>
  import("../translation/snapshot.ts");

/**
 * Registers metrics by name, records events and calls hooks. It works without `start()` and without a provider: its
 * measurements are returned by `getSnapshot()`, and written by every `MetricsExporter`. With a meter provider, given or
 * global, they are also recorded there, in scope `tachymeter.collector`. The collector itself keeps at most 2,000 label
 * sets of each metric.
 *
 * @example
 * const collector = new TelemetryCollector({ collectionInterval: 30 });
 * const requests = collector.registerCounter("requests_total", "Total HTTP requests", ["method"]);
 * requests.increment(1, { method: "GET" });
 * const { metrics } = await collector.getSnapshot();
 * console.log(metrics['requests_total{method="GET"}']?.value);
 */
export class TelemetryCollector implements MetricsSource {
  /** @internal */
  readonly parts: CollectorParts;
  readonly #intervalMillis: number;
  readonly #runs: CollectionRuns;
  readonly #exported: ExportedMetrics;
  // A collection of its own provider is valid until the next one.
  readonly #collections = new Mutex();
  #timer: NodeJS.Timeout | undefined;
  #isCollecting = false;
  readonly #once = new LogOnce();

  /**
   * Creates the collector. It makes no periodic collections until `startCollection` is called.
   *
   * @throws OptionsError if `collectionInterval` is not a number of seconds above 0, or `maxEvents` less than 1.
   */
  constructor(options: CollectorOptions = {}) {
    const { collectionInterval: parsedInterval } = parsed("collector", (parser) =>
      parser.known("options", options, COLLECTOR_CHECKS),
    );
    const { maxEvents, eventLog: log, meterProvider } = options;
    const interval = parsedInterval ?? 60;
    warnOfLongInterval("collectionInterval", interval);
    this.#intervalMillis = interval * 1000;
    const provider = new CollectorProvider({ meterProvider });
    this.#runs = new CollectionRuns({ meterProvider: provider });
    this.parts = {
      options: { meterProvider },
      events: new Events({ meterProvider: provider, maxEvents, log }),
      metrics: new RegisteredMetrics(provider),
      provider,
      applying: new Set(),
    };
    this.#exported = new ExportedMetrics(this.parts.metrics.dropped);
  }

  /**
   * Registers a counter. If the same counter is registered already, it is returned.
   *
   * @throws MetricRegistrationError if an argument is invalid, or another metric has this name.
   */
  registerCounter(name: string, description?: string, labels?: readonly string[]): NamedCounter {
    return this.parts.metrics.counter(checkedRegistration("counter", name, description, labels));
  }

  /**
   * Registers a gauge. If the same gauge is registered already, it is returned.
   *
   * @throws MetricRegistrationError if an argument is invalid, or another metric has this name.
   */
  registerGauge(name: string, description?: string, labels?: readonly string[]): NamedGauge {
    return this.parts.metrics.gauge(checkedRegistration("gauge", name, description, labels));
  }

  /**
   * Registers a histogram. If the same histogram is registered already, it is returned.
   *
   * @throws MetricRegistrationError if an argument is invalid, or another metric has this name.
   */
  registerHistogram(name: string, description?: string, options: NamedHistogramOptions = {}): NamedHistogram {
    const checked = checkedHistogramOptions(name, options);
    return this.parts.metrics.histogram(
      checkedRegistration("histogram", name, description, checked.labels, checked),
    );
  }

  /**
   * Returns the metric that was registered under this name, or that a `setup…Hooks` function made available by it. Each
   * other metric of the last snapshot is returned for its description: a value recorded to it is dropped, and logged once.
   */
  getMetric(name: string): NamedCounter | NamedGauge | NamedHistogram | undefined {
    return typeof name === "string" ? (this.parts.metrics.get(name) ?? this.#exported.get(name)) : undefined;
  }

  /** Records an event of type `name` and source `application`, with `value` as its data. Never throws. */
  recordEvent(name: string, value?: unknown, labels?: Labels, metadata?: Record<string, unknown>): void {
    this.parts.events.record({ event_type: name, source: "application", data: value, labels, metadata });
  }

  /**
   * Calls `callback` with each event of `type`, or with every event if `type` is `"*"`: see `Events.on`. Hooks of
   * `"collection"` and of every event are also called at each collection. The event of a collection is neither kept nor
   * counted; its data are `{ metrics_count, duration_seconds }`.
   *
   * @returns a function that removes the hook.
   * @throws EventsError if `type` is not a string or empty, or `callback` not a function.
   */
  addHook(type: string, callback: EventCallback): () => void {
    return this.parts.events.on(type, callback);
  }

  /** Starts periodic collections, the first one after one interval. Has no effect if they are running. */
  async startCollection(): Promise<void> {
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => void this.#collect(), this.#intervalMillis);
    this.#timer.unref();
  }

  /**
   * Stops the periodic collections of this collector, so its hooks and exporters. Recorded values are kept, and recording
   * continues. Readers of `start()` go on: end them by `shutdown()`.
   */
  async stopCollection(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Whether periodic collections are running. */
  get running(): boolean {
    return this.#timer !== undefined;
  }

  /**
   * Returns the current values of the metrics registered here and of the facades set up on this collector. The running
   * Tachymeter's collector returns those of the whole provider. A metric without measurements has no value.
   *
   * A large snapshot is made in slices: it has a measurement that is made meanwhile or not.
   */
  async getSnapshot(): Promise<Snapshot> {
    const { link, metrics, events } = this.parts;
    const { metricsSteps, snapshotTranslation } = await loadSnapshots();
    const figures = await this.#collected(async (collection) => {
      this.#exported.take(collection, snapshotTranslation);
      const timestamp = collection.timeUnixMillis / 1000;
      const empty = link?.collected === undefined ? metrics.emptyEntries(timestamp) : [];
      return { timestamp, metrics: await nowOrInSlices(metricsSteps(collection, empty), inSlices) };
    });
    return { ...figures, events_count: events.accepted, running: this.running };
  }

  #collected<Result>(use: (collection: Collection) => Result | Promise<Result>): Promise<Result> {
    const { link, provider } = this.parts;
    if (link?.collected !== undefined) return link.collected(use);
    return this.#collections.run(async () => use(provider.collect()));
  }

  async #collect(): Promise<void> {
    if (this.#isCollecting) return;
    this.#isCollecting = true;
    const startedMillis = performance.now();
    try {
      const { snapshotTranslation } = await loadSnapshots();
      const names = await this.#collected((collection) =>
        this.#exported.take(collection, snapshotTranslation),
      );
      if (this.running) this.#note(names, (performance.now() - startedMillis) / 1000);
    } catch (error) {
      this.#once.error("", () => "collector: a collection failed", error);
    } finally {
      this.#isCollecting = false;
    }
  }

  #note(collected: Iterable<string>, durationSeconds: number): void {
    // Includes the metrics that have no series yet.
    const names = new Set([...collected, ...this.parts.metrics.names()]);
    this.#runs.record(durationSeconds, names.size);
    this.parts.events.announce({
      event_type: "collection",
      source: "collector",
      data: { metrics_count: names.size, duration_seconds: durationSeconds },
    });
  }
}

/** @internal Connects a collector to the running Tachymeter. */
export function linkCollector(collector: TelemetryCollector, link: CollectorLink): void {
  collector.parts.link = link;
}

/** @internal Returns the sink for the events of a facade, which calls the collector's hooks. */
export function facadeEvents(collector: TelemetryCollector, area: FacadeAreaName): EventSink {
  const { events, applying, provider } = collector.parts;
  return {
    listens(type) {
      // A facade asks at nearly every recording, so its observable instruments get their provider here too.
      provider.attach();
      return events.listens(type) && !applying.has(area);
    },
    raise: (type, data) => events.raise({ event_type: type, source: area, data }),
  };
}
