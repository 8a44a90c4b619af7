import type { ExportResult } from "@opentelemetry/core";
import type {
  AggregationOption,
  InstrumentType,
  PushMetricExporter,
  ResourceMetrics,
} from "../../engine/index.ts";
import type { AggregationTemporality } from "../../engine/sdk-values.ts";
import type { OtlpExporter } from "./exporter.ts";

/** An exporter that is made anew if its time-out changes, since upstream's exporters have a fixed one. */
export class RenewedExporter implements PushMetricExporter {
  readonly #make: (timeoutMillis: number) => OtlpExporter;
  readonly #currentMillis: () => number;
  #timeoutMillis: number;
  #exporter: OtlpExporter;

  /** @param currentMillis returns the time-out for the next export. */
  constructor(
    make: (timeoutMillis: number) => OtlpExporter,
    firstMillis: number,
    currentMillis: () => number,
  ) {
    this.#make = make;
    this.#timeoutMillis = firstMillis;
    this.#currentMillis = currentMillis;
    this.#exporter = make(firstMillis);
  }

  /** Exports with the current time-out. */
  export(metrics: ResourceMetrics, resultCallback: (result: ExportResult) => void): void {
    const timeoutMillis = this.#currentMillis();
    if (timeoutMillis !== this.#timeoutMillis) {
      // It still ends its requests.
      this.#exporter.shutdown().catch(() => {});
      this.#timeoutMillis = timeoutMillis;
      this.#exporter = this.#make(timeoutMillis);
    }
    this.#exporter.export(metrics, resultCallback);
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
