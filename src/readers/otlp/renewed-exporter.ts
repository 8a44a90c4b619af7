import type { ExportResult } from "@opentelemetry/core";
import type {
  AggregationOption,
  InstrumentType,
  PushMetricExporter,
  ResourceMetrics,
} from "../../engine/index.ts";
import type { AggregationTemporality } from "../../engine/sdk-values.ts";
import { OtlpExporter } from "./exporter.ts";
import type { OtlpExporterOptions } from "./options.ts";
import { withCertificates } from "./tls.ts";

/** An exporter that is made anew if its time-out changes, since upstream's exporters have a fixed one. */
export class RenewedExporter implements PushMetricExporter {
  readonly #options: OtlpExporterOptions;
  readonly #currentMillis: () => number;
  #timeoutMillis: number;
  #exporter: OtlpExporter;

  /** @param currentMillis returns the time-out for the next export. */
  constructor(options: OtlpExporterOptions, firstMillis: number, currentMillis: () => number) {
    // The files are read once.
    this.#options = withCertificates("OtlpExporter", options);
    this.#timeoutMillis = firstMillis;
    this.#currentMillis = currentMillis;
    this.#exporter = new OtlpExporter({ ...this.#options, timeoutMillis: firstMillis });
  }

  /** Exports with the current time-out. */
  export(metrics: ResourceMetrics, resultCallback: (result: ExportResult) => void): void {
    const timeoutMillis = this.#currentMillis();
    if (timeoutMillis !== this.#timeoutMillis) this.#renew(timeoutMillis);
    this.#exporter.export(metrics, resultCallback);
  }

  #renew(timeoutMillis: number): void {
    const before = this.#exporter;
    try {
      this.#exporter = new OtlpExporter({ ...this.#options, timeoutMillis });
    } catch {
      // The one before works with its own time-out.
      return;
    }
    this.#timeoutMillis = timeoutMillis;
    // It still ends its requests.
    before.shutdown().catch(() => {});
  }

  /** Resolves once all exports since the last change are done. */
  forceFlush(): Promise<void> {
    return this.#exporter.forceFlush();
  }

  /** Ends the exporter. */
  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  /** Returns the aggregation for a type of instrument. */
  selectAggregation(instrumentType: InstrumentType): AggregationOption {
    return this.#exporter.selectAggregation(instrumentType);
  }

  /** Returns the temporality for a type of instrument. */
  selectAggregationTemporality(instrumentType: InstrumentType): AggregationTemporality {
    return this.#exporter.selectAggregationTemporality(instrumentType);
  }
}
