/**
 * The engine: every name of `@opentelemetry/sdk-metrics`, with `MeterProvider` replaced by ours. To switch from
 * upstream's SDK, change the module name in the import.
 *
 * @module tachymeter/metrics
 */
export * from "@opentelemetry/sdk-metrics";
// A name that is exported explicitly overrides the same name from `export *`.
export type { StreamCardinality } from "./cardinality.ts";
export type {
  AttributesFilterResult,
  MetricCollectOptions,
  MetricFilter,
  MetricFilterResult,
  MetricKind,
} from "./collection/metric-filter.ts";
export { AlignedHistogramBucketExemplarReservoir } from "./exemplars/sampled-reservoirs.ts";
export type { Exemplar, ExemplarReservoir } from "./exemplars/reservoir.ts";
export type { ExemplarFilter } from "./exemplars/sampling.ts";
export { SimpleFixedSizeExemplarReservoir } from "./exemplars/sampled-reservoirs.ts";
export type { BoundCounter, CounterInstrument } from "./instruments/synchronous.ts";
export type { BoundGauge, GaugeInstrument } from "./instruments/synchronous.ts";
export type { BoundHistogram, HistogramInstrument } from "./instruments/synchronous.ts";
export type { BoundUpDownCounter, UpDownCounterInstrument } from "./instruments/synchronous.ts";
export type { Meter } from "./meter.ts";
export { MeterProvider } from "./meter-provider.ts";
export { OptionsError as MeterProviderError } from "../options/options-error.ts";
export type { MeterConfigurator, MeterProviderOptions } from "./meter-provider-options.ts";
export { TimeoutError } from "./sdk-values.ts";
export type { ViewOptions } from "./streams/view.ts";
