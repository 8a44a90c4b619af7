// Recording, storage and retrieval of events and metrics by documents.
import { errorMessage } from "../../diagnostics/error-message.ts";
import { show } from "../../diagnostics/show.ts";
import { completeEvent, eventErrors, type TelemetryEvent } from "../../events/event.ts";
import type { Recorded } from "../../events/events.ts";
import { jsonText } from "../../events/json-text.ts";
import { readField } from "../../events/labels.ts";
import { RecentIds } from "../../events/recent.ts";
import { isoText, unixMillisFrom } from "../../events/time.ts";
import { uuidV7 } from "../../events/uuid-v7.ts";
import { VERSION } from "../../version.ts";
import { type RunningHistory, runningHistory } from "./local-backend.ts";
import type { Time } from "../question.ts";
import type { Backend, Findings } from "./backend.ts";
import type {
  EventResponse,
  HealthResponse,
  MetricAggregate,
  MetricsResponse,
  ValidationError,
} from "./documents.ts";
import { Failures } from "./failures.ts";
import { BridgeGauges } from "./gauges.ts";
import { connectedBackend, unconnectedBackend } from "./make-backend.ts";
import {
  aggregationFrom,
  type BridgeAggregation,
  checkedMetric,
  type GivenMetric,
  METRIC_EVENT,
  type MetricsQuestion,
  namesFrom,
  rangeFrom,
} from "./checks.ts";
import { type BridgeMonitor, Monitors } from "./monitors.ts";
import { type BridgeConfig, type BridgeOptions, bridgeOptionsFrom } from "./options.ts";
import { RemoteStorageError } from "./remote-backend.ts";

/** An event for the bridge. */
export interface BridgeEvent extends Partial<Omit<TelemetryEvent, "timestamp">> {
  readonly event_type: string;
  readonly source: string;
  /** Any value; `null` for no data. */
  readonly data: unknown;
  /** @defaultValue now */
  readonly timestamp?: Time;
}

// An unchecked request.
interface AskedMetrics {
  readonly metric_names: unknown;
  readonly time_range: unknown;
  readonly aggregation: unknown;
}

const FULL = 0.9;

/**
 * Stores events and metrics in a history and returns documents. Calls never reject: a failure is a response, and a line
 * in the log. Success means that the data is committed. For a metric of a remote history it means that a gauge has the
 * value, which the readers export. Without a connection, calls use the running Tachymeter's history, also if it is started
 * later. Records from before that start are only in memory, and are lost then.
 *
 * @example
 * const telemetry = new BridgeTelemetry({ storage_config: { connection_string: "telemetry.db" } });
 * await telemetry.recordMetric("command_processing_time_ms", 127, { command_type: "EXECUTE_TASK" });
 * const answer = await telemetry.getMetrics(["command_processing_time_ms"], undefined, "MEAN");
 * if (answer.status === "success") console.log(answer.metrics.command_processing_time_ms?.value);
 */
export class BridgeTelemetry {
  readonly #options: BridgeOptions;
  readonly #failures: Failures;
  readonly #monitors = new Monitors();
  readonly #gauges = new BridgeGauges();
  readonly #sinceMillis = performance.now();
  // Events that were published and could not be stored.
  #unstored = new RecentIds();
  #connected: Backend | undefined;
  #followed: RunningHistory | undefined;
  #closing: Promise<void> | undefined;
  #eventsRecorded = 0;
  #metricsRecorded = 0;
  #hasFailedToWrite = false;

  /** @throws OptionsError if the configuration is invalid or the log cannot be opened */
  constructor(config: BridgeConfig = {}) {
    this.#options = bridgeOptionsFrom(config);
    const { connection } = this.#options;
    if (connection !== undefined) this.#connected = connectedBackend(connection, this.#options);
    this.#failures = new Failures(this.#options);
  }

  /**
   * Records an event. It is published on the running Tachymeter's bus, and so passed to hooks, if the bridge uses its
   * history.
   *
   * Error codes: `INVALID_EVENT` with each invalid field, `LOOP_DETECTED` as in `Events.record`, `STORAGE_FAILURE` if
   * the event is not committed. It can then be recorded again with its `event_id`, and is not published a second time.
   */
  recordEvent(event: BridgeEvent): Promise<EventResponse> {
    return this.#recordEvent(event).catch((error: unknown) => this.#storageFailure(error, event));
  }

  /**
   * Records a sample of a metric, a finite number or a text. A number that is not older than the interval of
   * collections is also set on a gauge of that name, without the context. Error codes are those of `recordEvent`.
   */
  recordMetric(
    name: string,
    value: number | string,
    context?: Readonly<Record<string, unknown>>,
    timestamp?: Time,
  ): Promise<EventResponse> {
    const given = { name, value, context, timestamp };
    return this.#recordMetric(given).catch((error: unknown) =>
      this.#storageFailure(error, metricEvent(given)),
    );
  }

  /**
   * Aggregates the samples of metrics in a range, recorded here or by any instrument of the history. The value of a
   * counter is its increase in the range. The MEAN of a histogram is its sum divided by its count. Unknown names and
   * metrics without samples in the range are left out.
   *
   * @param names OpenTelemetry or Prometheus names; default all
   * @param timeRange start and end, both included; default all retained data
   * @param aggregation only COUNT for metrics with texts
   */
  getMetrics(
    names?: readonly string[] | null,
    timeRange?: readonly [Time, Time] | null,
    aggregation: BridgeAggregation = "MEAN",
  ): Promise<MetricsResponse> {
    const asked = { metric_names: names, time_range: timeRange, aggregation };
    return this.#getMetrics(asked).catch((error: unknown) =>
      this.#failures.answer({ code: "RETRIEVAL_FAILURE", message: errorMessage(error), payload: asked }),
    );
  }

  /** Reports the state of the bridge. Never rejects. */
  async healthCheck(): Promise<HealthResponse> {
    const { eventsDays } = this.#backend().retention;
    const { status, share } = await this.#condition();
    return {
      status,
      version: VERSION,
      uptime_seconds: Math.round(performance.now() - this.#sinceMillis) / 1_000,
      stats: {
        events_recorded: this.#eventsRecorded,
        metrics_recorded: this.#metricsRecorded,
        data_retention_days: eventsDays,
        storage_usage_percentage: Math.round(share * 1_000) / 10,
      },
    };
  }

  /**
   * Adds a monitor, which is called for later records once they are committed. A failing monitor is logged once and
   * does not affect others. Returns a function that removes it.
   *
   * @throws BridgeMonitorError if the name is invalid or in use, or the monitor has no functions
   */
  addMonitor(name: string, monitor: BridgeMonitor): () => void {
    return this.#monitors.add(name, monitor);
  }

  /** Waits for pending calls and closes the bridge. Never rejects. The running Tachymeter's history stays open. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #recordEvent(given: unknown): Promise<EventResponse> {
    const backend = this.#openBackend();
    if (readField(given, "data") === undefined) {
      const missing = { field: "data", message: "must be present; use null for no data" };
      return this.#failures.invalidEvent([...eventErrors(given, Date.now()), missing], given);
    }
    const [type, source] = [readField(given, "event_type"), readField(given, "source")];
    if (typeof type === "string" && typeof source === "string" && this.#monitors.isEventLoop(type, source))
      return this.#failures.loop(given);
    const tooOld = olderThan(backend.retention.eventsDays, readField(given, "timestamp"));
    if (tooOld !== undefined)
      return this.#failures.invalidEvent([...eventErrors(given, Date.now()), tooOld], given);
    const { event, refusal, errors } = this.#published(given, backend);
    if (event === undefined)
      return refusal === "loop" ? this.#failures.loop(given) : this.#failures.invalidEvent(errors, given);
    const unstored = this.#unstored;
    try {
      if (!(await backend.storeEvent(event))) {
        const known = { field: "event_id", message: "must be new, but another event with it is stored" };
        return this.#failures.invalidEvent([known], given);
      }
    } catch (error) {
      unstored.add(event.event_id);
      throw error;
    }
    this.#hasFailedToWrite = false;
    this.#eventsRecorded++;
    this.#monitors.eventRecorded(event);
    return { status: "success", event_id: event.event_id, timestamp: event.timestamp };
  }

  // An event that could not be stored was published at the first try.
  #published(given: unknown, { events }: Backend): Recorded {
    const id = readField(given, "event_id");
    if (typeof id !== "string" || !this.#unstored.delete(id)) return events.tryRecord(given);
    const { event } = completeEvent(given, () => {});
    if (event !== undefined) return { event };
    this.#unstored.add(id);
    return events.tryRecord(given);
  }

  async #recordMetric(given: GivenMetric): Promise<EventResponse> {
    const backend = this.#openBackend();
    const now = Date.now();
    const metric = checkedMetric(given, now);
    if ("errors" in metric) return this.#failures.invalidEvent(metric.errors, metricEvent(given));
    const tooOld = olderThan(backend.retention.metricsDays, new Date(metric.timeUnixMillis));
    if (tooOld !== undefined) return this.#failures.invalidEvent([tooOld], metricEvent(given));
    if (this.#monitors.isMetricLoop(metric.name)) return this.#failures.loop(metricEvent(given));
    const { timeUnixMillis } = metric;
    const isShown =
      typeof metric.value === "number" &&
      now - timeUnixMillis <= backend.intervalMillis &&
      this.#gauges.record(metric.name, metric.value, timeUnixMillis);
    const sample = { metric: metric.name, timeUnixMillis, value: metric.value, ...contextOf(metric.context) };
    await backend.storeSample(sample, isShown);
    this.#hasFailedToWrite = false;
    this.#metricsRecorded++;
    const recorded = { event_id: uuidV7(now), timestamp: isoText(timeUnixMillis) };
    this.#monitors.metricRecorded({
      ...recorded,
      metric_name: metric.name,
      metric_value: metric.value,
      context: metric.context,
    });
    return { status: "success", ...recorded };
  }

  async #getMetrics(asked: AskedMetrics): Promise<MetricsResponse> {
    const aggregation = aggregationFrom(asked.aggregation ?? "MEAN");
    if (aggregation === undefined) return this.#failures.unsupported(asked.aggregation, asked);
    const names = namesFrom(asked.metric_names);
    const range = rangeFrom(asked.time_range);
    if ("field" in names || "field" in range) {
      const errors = [names, range].filter((each) => "field" in each);
      return this.#failures.invalidQuestion(errors, asked);
    }
    const question: MetricsQuestion = { ...names, ...range, aggregation };
    const found = await this.#openBackend().find(question);
    if (names.names !== undefined && found.texts.length > 0)
      return this.#failures.unsupported(`${aggregation} (of texts: ${found.texts.join(", ")})`, asked);
    if (names.names !== undefined && found.beyond.length > 0) {
      const message = `the ${aggregation} of ${found.beyond.join(", ")} is beyond the largest number; use MIN, MAX or COUNT, or a shorter range`;
      return this.#failures.answer({ code: "RETRIEVAL_FAILURE", message, payload: asked });
    }
    return { status: "success", metrics: documentsOf(found, aggregation) };
  }

  async #condition(): Promise<{ readonly status: HealthResponse["status"]; readonly share: number }> {
    try {
      const { writeError, isInMemory, share } = await this.#openBackend().condition();
      if (writeError !== undefined || this.#hasFailedToWrite) return { status: "unhealthy", share };
      return { status: isInMemory || share > FULL ? "degraded" : "healthy", share };
    } catch {
      return { status: "unhealthy", share: 0 };
    }
  }

  // Tachymeter may be started after the first call, and restarted.
  #backend(): Backend {
    const running = runningHistory();
    const isAnother =
      this.#options.connection === undefined && running !== undefined && running !== this.#followed;
    if (this.#connected === undefined || isAnother) {
      // Closing ends the thread of a history in memory. The history logs a failure.
      void this.#connected?.close().catch(() => {});
      this.#followed = running;
      this.#connected = unconnectedBackend(running, this.#options);
      this.#unstored = new RecentIds();
    }
    return this.#connected;
  }

  #openBackend(): Backend {
    if (this.#closing !== undefined) throw new Error("the bridge is closed; create another one");
    return this.#backend();
  }

  #storageFailure(error: unknown, payload: unknown): EventResponse {
    // A remote history never supports this, so it is not a failed write.
    if (!(error instanceof RemoteStorageError)) this.#hasFailedToWrite = true;
    return this.#failures.answer({ code: "STORAGE_FAILURE", message: errorMessage(error), payload });
  }

  async #close(): Promise<void> {
    // The history logs the reason.
    await this.#connected?.close().catch(() => {});
    await this.#failures.close();
  }
}

// The store removes such data at once. An invalid time is reported elsewhere.
function olderThan(days: number, timestamp: unknown): ValidationError | undefined {
  const millis = timestamp === undefined ? undefined : unixMillisFrom(timestamp);
  if (millis === undefined || Date.now() - millis <= days * 86_400_000) return undefined;
  return {
    field: "timestamp",
    message: `must be within the retention of ${days} days, got ${show(timestamp)}`,
  };
}

// A metric as an event, for error responses.
function metricEvent({ name, value, context, timestamp }: GivenMetric): object {
  const data = { metric_name: name, metric_value: value, context: context ?? {} };
  return { ...METRIC_EVENT, data, ...(timestamp !== undefined && { timestamp }) };
}

function contextOf(context: Readonly<Record<string, unknown>>): { readonly context?: string } {
  return Object.keys(context).length === 0 ? {} : { context: jsonText(context) };
}

function documentsOf(
  { metrics, from, to }: Findings,
  aggregation: string,
): Readonly<Record<string, MetricAggregate>> {
  const range = { start: isoText(from), end: isoText(to) };
  return Object.fromEntries(
    metrics.map(({ name, value, sampleCount }) => [
      name,
      { value, aggregation, sample_count: sampleCount, time_range: range },
    ]),
  );
}
