// Self metrics of push exporters: OpenTelemetry's `otel.sdk.exporter.*`.
import {
  type Attributes,
  type Counter,
  diag,
  type Histogram,
  type Meter,
  type ObservableResult,
  type ObservableUpDownCounter,
} from "@opentelemetry/api";
import { releaseNumber, takeNumber } from "./component-numbers.ts";
import { RateLimit } from "../diagnostics/rate-limit.ts";
import type { RecordQueue } from "../io/outbox/record-queue.ts";

export interface ExporterComponent {
  /** The name in the semantic conventions, such as `otlp_http_metric_exporter`; otherwise a name of our own. */
  readonly type: string;
  readonly name: string;
  /** The backend, if known. */
  readonly server?: { readonly address: string; readonly port: number } | undefined;
}

interface ExportEnd {
  /** Value of `error.type`; undefined after a success. */
  readonly errorType?: string | undefined;
  readonly status?: number | undefined;
}

/** The first exporter of a type is `<type>/0`, the next `<type>/1`. {@link ExporterMetrics.end} releases the number. */
export function componentOfType(type: string, server?: ExporterComponent["server"]): ExporterComponent {
  return { type, name: `${type}/${takeNumber(type)}`, server };
}

/** Address and port of a URL, for attributes: IPv6 addresses without brackets. */
export function serverOf({ hostname, port, protocol }: URL): { address: string; port: number } {
  const standardPort = protocol === "https:" ? 443 : 80;
  const address = hostname.replace(/^\[(.*)\]$/, "$1");
  return { address, port: port === "" ? standardPort : Number(port) };
}

/** Records the self metrics of one exporter, as soon as there is a meter. */
export class ExporterMetrics {
  readonly #meter: () => Meter | undefined;
  readonly #inflight: () => number;
  readonly #attributes: Attributes;
  #instruments: Instruments | undefined;

  /** @param inflight returns the number of data points whose export has begun and not ended. */
  constructor(
    meter: () => Meter | undefined,
    { type, name, server }: ExporterComponent,
    inflight: () => number,
  ) {
    this.#meter = meter;
    this.#inflight = inflight;
    this.#attributes = {
      "otel.component.type": type,
      "otel.component.name": name,
      ...(server !== undefined && { "server.address": server.address, "server.port": server.port }),
    };
  }

  /** Creates the instruments if there is a meter; otherwise each later call tries again. */
  begin(): void {
    this.#found();
  }

  end(): void {
    this.#instruments?.inflight.removeCallback(this.#observe);
    releaseNumber(String(this.#attributes["otel.component.name"]));
  }

  /** Counts data points whose export has ended. */
  ended(points: number, errorType?: string): void {
    if (points > 0) this.#found()?.exported.add(points, this.#withError(errorType));
  }

  /** Records the duration of one export, with all its attempts. */
  took(seconds: number, { errorType, status }: ExportEnd): void {
    this.#found()?.duration.record(seconds, {
      ...this.#withError(errorType),
      ...(status !== undefined && { "http.response.status_code": status }),
    });
  }

  #withError(errorType: string | undefined): Attributes {
    return errorType === undefined ? this.#attributes : { ...this.#attributes, "error.type": errorType };
  }

  #found(): Instruments | undefined {
    if (this.#instruments !== undefined) return this.#instruments;
    const meter = this.#meter();
    if (meter === undefined) return undefined;
    this.#instruments = instrumentsOf(meter);
    this.#instruments.inflight.addCallback(this.#observe);
    return this.#instruments;
  }

  readonly #observe = (result: ObservableResult): void => result.observe(this.#inflight(), this.#attributes);
}

/** Logs repeated failures at most once a minute, and the first success after them. */
export class FailureLog {
  readonly #subject: string;
  readonly #what: string;
  readonly #consequence: string;
  readonly #failed = new RateLimit();
  readonly #recovered = new RateLimit();
  #failures = 0;

  constructor(subject: string, what: "exports" | "attempts", consequence: string) {
    this.#subject = subject;
    this.#what = what;
    this.#consequence = consequence;
  }

  failed(message: string): void {
    this.#failures++;
    if (!this.#failed.tryAcquire()) return;
    diag.error(
      `${this.#subject}: ${this.#what} failed since the last success: ${this.#failures}, latest error: ${message}; ` +
        `${this.#consequence}, logged at most once a minute`,
    );
  }

  succeeded(): void {
    if (this.#failures > 0 && this.#recovered.tryAcquire())
      diag.info(`${this.#subject}: works again after ${this.#failures} failed ${this.#what}`);
    this.#failures = 0;
  }
}

interface Instruments {
  readonly inflight: ObservableUpDownCounter;
  readonly exported: Counter;
  readonly duration: Histogram;
}

function instrumentsOf(meter: Meter): Instruments {
  return {
    inflight: meter.createObservableUpDownCounter("otel.sdk.exporter.metric_data_point.inflight", {
      unit: "{data_point}",
      description: "Data points that were passed to the exporter and whose export has not ended.",
    }),
    exported: meter.createCounter("otel.sdk.exporter.metric_data_point.exported", {
      unit: "{data_point}",
      description: "Data points whose export has ended, with error.type if it failed.",
    }),
    duration: meter.createHistogram("otel.sdk.exporter.operation.duration", {
      unit: "s",
      description: "Duration of exports, from the first attempt to the end of the last.",
      advice: { explicitBucketBoundaries: [] },
    }),
  };
}

/** Reasons for dropping data points. */
export type DropReason = "full" | "expired" | "rejected";

/** Metrics of the queues of all exporters that share a meter: the sum of their bytes, and the longest wait. */
export class OutboxMetrics {
  readonly #queues = new Set<RecordQueue>();
  readonly #dropped: Counter;

  static of(meter: Meter): OutboxMetrics {
    let metrics = byMeter.get(meter);
    if (metrics === undefined) byMeter.set(meter, (metrics = new OutboxMetrics(meter)));
    return metrics;
  }

  private constructor(meter: Meter) {
    this.#dropped = meter.createCounter("telemetry.outbox.dropped", {
      unit: "{data_point}",
      description: "Data points that were dropped: no room, too old, or rejected by the backend for good.",
    });
    meter
      .createObservableGauge("telemetry.outbox.size", {
        unit: "By",
        description: "Bytes that wait for delivery.",
      })
      .addCallback((result) => {
        let bytes = 0;
        for (const queue of this.#queues) bytes += queue.size.bytes;
        if (this.#queues.size > 0) result.observe(bytes);
      });
    meter
      .createObservableGauge("telemetry.outbox.age", {
        unit: "s",
        description: "Age of the oldest data that waits for delivery, 0 if none waits.",
      })
      .addCallback((result) => {
        const now = Date.now();
        let millis = 0;
        for (const { oldestTimeUnixMillis = now } of this.#queues) {
          millis = Math.max(millis, now - oldestTimeUnixMillis);
        }
        if (this.#queues.size > 0) result.observe(millis / 1_000);
      });
  }

  /** Includes a queue in the metrics, until the returned function is called. */
  show(queue: RecordQueue): () => void {
    this.#queues.add(queue);
    return () => void this.#queues.delete(queue);
  }

  dropped(points: number, reason: DropReason): void {
    this.#dropped.add(points, { reason });
  }
}

const byMeter = new WeakMap<Meter, OutboxMetrics>();
