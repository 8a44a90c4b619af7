import type { AggregationOption, InstrumentType, PushMetricExporter } from "../../engine/index.ts";
import type { AggregationTemporality } from "../../engine/sdk-values.ts";
import { withMethods } from "../../options/check.ts";
import { parsed } from "../../options/parser.ts";
import { OUTBOX, type OutboxOptions } from "../../options/outbox.ts";
import { DeliveringExporter } from "../delivery/delivering-exporter.ts";
import { componentOfType } from "../exporter-metrics.ts";
import { OtlpEncoder } from "./encode/index.ts";
import { sendingBy } from "./sending.ts";

// OpenTelemetry's default time-out of exports.
const TIMEOUT_MILLIS = 30_000;
const EXPORTER = withMethods("be an exporter of metrics", "export", "forceFlush", "shutdown");

/**
 * Puts an outbox in front of any exporter. An export succeeds once it is on disk. It is then passed to the inner
 * exporter, in order, until that succeeds or the limit of age or size is reached. The inner exporter receives the metrics
 * as decoded from disk. It reports only success or failure, so records that it will never accept are retried too.
 *
 * @throws OptionsError with all invalid options.
 *
 * @example
 * const exporter = new DurableExporter(new ConsoleMetricExporter(), { directory: "outbox" });
 */
export class DurableExporter extends DeliveringExporter {
  readonly #exporter: PushMetricExporter;

  constructor(exporter: PushMetricExporter, options: OutboxOptions) {
    const outbox = parsed("durable exporter", (parser) => {
      parser.checked("exporter", exporter, EXPORTER);
      return OUTBOX.parse(parser, options, "options");
    });
    super({
      ...sendingBy(exporter, TIMEOUT_MILLIS),
      encoder: new OtlpEncoder(),
      name: `durable exporter "${outbox.directory}"`,
      component: componentOfType("durable_metric_exporter"),
      outbox,
    });
    this.#exporter = exporter;
  }

  /** Returns the inner exporter's aggregation for a type of instrument, or the default. */
  override selectAggregation(instrumentType: InstrumentType): AggregationOption {
    return this.#exporter.selectAggregation?.(instrumentType) ?? super.selectAggregation(instrumentType);
  }

  /** Returns the inner exporter's temporality for a type of instrument, or cumulative. */
  override selectAggregationTemporality(instrumentType: InstrumentType): AggregationTemporality {
    return (
      this.#exporter.selectAggregationTemporality?.(instrumentType) ??
      super.selectAggregationTemporality(instrumentType)
    );
  }
}
