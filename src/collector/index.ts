// The hub of named metrics, events and hooks. Works alone, and holds everything on the running Tachymeter.
import { COLLECTOR_CHECKS } from "../options/facades.ts";
import { parsed } from "../options/parser.ts";
import { diag } from "@opentelemetry/api";
import { LogOnce } from "../diagnostics/log-once.ts";
import type { EventLog } from "../events/log.ts";
import { type EventCallback, Events } from "../events/events.ts";
import { CollectionRuns } from "./collection-runs.ts";
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
import { snapshotEntries, snapshotNames } from "../translation/snapshot.ts";
import type { Labels, Snapshot } from "../translation/snapshot-document.ts";

/** What a `TelemetryCollector` takes. */
export interface CollectorOptions extends FacadeOptions {
  /** Seconds between two collections, once `startCollection` was called. @defaultValue 60 */
  readonly collectionInterval?: number | undefined;
  /** How many of the latest events are kept. @defaultValue 10000 */
  readonly maxEvents?: number | undefined;
  /** Each event is appended to it; none by default. */
  readonly eventLog?: EventLog | undefined;
}

/** What `registerHistogram` takes beside name and description. */
export interface NamedHistogramOptions {
  /**
   * Upper bounds of the buckets, in rising order. The bucket for everything above is always there.
   *
   * @defaultValue boundaries from 0.005 to 10 where the name ends in `_seconds`, else OpenTelemetry's, from 0 to 10000
   */
  readonly buckets?: readonly number[] | undefined;
  /** The labels that may be given; any, where this is left out. */
  readonly labels?: readonly string[] | undefined;
  /** The unit as UCUM writes it. @defaultValue "s" if the name ends in `_seconds`, "By" if in `_bytes`, else none */
  readonly unit?: string | undefined;
}

export type FacadeAreaName = "coordination" | "messaging" | "health";

/** Passes a new collection to `use`, which must not keep it, and resolves to the result. */
export type Collected = <Result>(use: (collection: Collection) => Result) => Promise<Result>;

/** @internal What makes a collector the running Tachymeter's: its metrics and its facades in place of own ones. */
export interface CollectorLink {
  /** Passes on every series of the provider; absent if only its own SDK can read it. */
  readonly collected?: Collected;
  readonly coordination: Coordination;
  readonly messaging: Messaging;
  readonly health: Health;
}

/** @internal What a collector is made of, for those who build on it. */
export interface CollectorParts {
  readonly options: FacadeOptions;
  readonly events: Events;
  readonly metrics: RegisteredMetrics;
  /** Where everything is recorded; also the provider of facades that a collector which runs alone holds. */
  readonly provider: CollectorProvider;
  /** The areas whose facade is just being told of an event: it must not raise one for that. */
  readonly applying: Set<FacadeAreaName>;
  link?: CollectorLink;
}

const SUSPICIOUS_INTERVAL_SECONDS = 3_600;

/**
 * Holds metrics by name, records events and calls hooks. Needs neither `start()` nor a provider: what is recorded is in
 * `getSnapshot()`, and so in every `MetricsExporter`. With a provider, given or global, it goes there too, under scope
 * `tachymeter.collector`. Of each metric the collector itself keeps 2,000 label sets apart.
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
  #timer: NodeJS.Timeout | undefined;
  #isCollecting = false;
  readonly #once = new LogOnce();

  /** @throws OptionsError if `collectionInterval` is no number of seconds above 0, or `maxEvents` not 1 or more. */
  constructor(options: CollectorOptions = {}) {
    const { collectionInterval: parsedInterval } = parsed("collector", (parser) =>
      parser.known("options", options, COLLECTOR_CHECKS),
    );
    const { maxEvents, eventLog: log, meterProvider } = options;
    this.#intervalMillis = checkedInterval(parsedInterval ?? 60) * 1000;
    const provider = new CollectorProvider({ meterProvider });
    this.#runs = new CollectionRuns({ meterProvider: provider });
    this.parts = {
      options: { meterProvider },
      events: new Events({ meterProvider: provider, maxEvents, log }),
      metrics: new RegisteredMetrics(provider),
      provider,
      applying: new Set(),
    };
  }

  /** The counter of this name: a new one, or the one that was registered alike. @throws MetricRegistrationError */
  registerCounter(name: string, description?: string, labels?: readonly string[]): NamedCounter {
    return this.parts.metrics.counter(checkedRegistration("counter", name, description, labels));
  }

  /** The gauge of this name: a new one, or the one that was registered alike. @throws MetricRegistrationError */
  registerGauge(name: string, description?: string, labels?: readonly string[]): NamedGauge {
    return this.parts.metrics.gauge(checkedRegistration("gauge", name, description, labels));
  }

  /** The histogram of this name: a new one, or the one that was registered alike. @throws MetricRegistrationError */
  registerHistogram(name: string, description?: string, options: NamedHistogramOptions = {}): NamedHistogram {
    const checked = checkedHistogramOptions(name, options);
    return this.parts.metrics.histogram(
      checkedRegistration("histogram", name, description, checked.labels, checked),
    );
  }

  /** The metric that was registered under this name, or that one of the `setup…Hooks` functions made reachable by it. */
  getMetric(name: string): NamedCounter | NamedGauge | NamedHistogram | undefined {
    return typeof name === "string" ? this.parts.metrics.get(name) : undefined;
  }

  /** Records an event of type `name` and source `application`, with `value` as its data. Never throws. */
  recordEvent(name: string, value?: unknown, labels?: Labels, metadata?: Record<string, unknown>): void {
    this.parts.events.record({ event_type: name, source: "application", data: value, labels, metadata });
  }

  /**
   * Has `callback` called with each event of `type`, or with every event where that is `"*"`: see `Events.on`. Hooks
   * for `"collection"`, and for every event, are also called at each collection, with an event that is neither kept
   * nor counted; its data are `{ metrics_count, duration_seconds }`.
   *
   * @throws EventsError where the type is no non-empty string or the callback no function.
   */
  addHook(type: string, callback: EventCallback): () => void {
    return this.parts.events.on(type, callback);
  }

  /** Begins to collect, for the first time after one interval. Does nothing where collection runs already. */
  async startCollection(): Promise<void> {
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => void this.#collect(), this.#intervalMillis);
    this.#timer.unref();
  }

  /** Ends collection. What was recorded stays, and recording goes on. */
  async stopCollection(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Whether collection runs. */
  get running(): boolean {
    return this.#timer !== undefined;
  }

  /**
   * All figures now: of the metrics registered here and of the facades set up on this collector, or of the whole
   * provider where this is the running Tachymeter's collector. A metric without measurements has none.
   *
   * The snapshot is made at once, not in slices: it holds the event loop in proportion to the number of attributes.
   */
  async getSnapshot(): Promise<Snapshot> {
    const { link, metrics, events } = this.parts;
    const figures = await this.#collected((collection) => {
      const timestamp = collection.timeUnixMillis / 1000;
      const empty = link?.collected === undefined ? metrics.emptyEntries(timestamp) : [];
      return { timestamp, metrics: Object.fromEntries([...snapshotEntries(collection), ...empty]) };
    });
    return { ...figures, events_count: events.accepted, running: this.running };
  }

  async #collected<Result>(use: (collection: Collection) => Result): Promise<Result> {
    const { link, provider } = this.parts;
    return link?.collected === undefined ? use(provider.collect()) : link.collected(use);
  }

  async #collect(): Promise<void> {
    if (this.#isCollecting) return;
    this.#isCollecting = true;
    const startedMillis = performance.now();
    try {
      const names = await this.#collected(snapshotNames);
      if (this.running) this.#note(names, (performance.now() - startedMillis) / 1000);
    } catch (error) {
      this.#once.error("", () => "collector: a collection failed", error);
    } finally {
      this.#isCollecting = false;
    }
  }

  #note(collected: readonly string[], durationSeconds: number): void {
    // Those without a series yet, too.
    const names = new Set([...collected, ...this.parts.metrics.names()]);
    this.#runs.record(durationSeconds, names.size);
    this.parts.events.announce({
      event_type: "collection",
      source: "collector",
      data: { metrics_count: names.size, duration_seconds: durationSeconds },
    });
  }
}

/** @internal Makes a collector the running Tachymeter's. */
export function linkCollector(collector: TelemetryCollector, link: CollectorLink): void {
  collector.parts.link = link;
}

/** @internal Where a facade raises its events so that a collector's hooks hear of them. */
export function facadeEvents(collector: TelemetryCollector, area: FacadeAreaName): EventSink {
  const { events, applying, provider } = collector.parts;
  return {
    listens(type) {
      // A facade asks at nearly each recording, so this is also where its observable instruments find a provider.
      provider.attach();
      return events.listens(type) && !applying.has(area);
    },
    raise: (type, data) => events.raise({ event_type: type, source: area, data }),
  };
}

function checkedInterval(seconds: number): number {
  if (seconds > SUSPICIOUS_INTERVAL_SECONDS) {
    diag.warn(
      `collector option "collectionInterval": ${seconds} is more than an hour; give seconds, not milliseconds`,
    );
  }
  return seconds;
}
