// Gauges without the series that nobody observes any more.
import { AggregationTemporality, InstrumentType } from "../engine/sdk-values.ts";

/**
 * The temporality for which a reader asks: `otherwise`, but delta for observable gauges. Their values are the same
 * under either, and under cumulative temporality upstream's SDK repeats a series for ever that is no longer observed
 * (open-telemetry/opentelemetry-js#4096), such as a health component that was removed.
 */
export function temporalityOf(
  instrumentType: InstrumentType,
  otherwise: AggregationTemporality,
): AggregationTemporality {
  return instrumentType === InstrumentType.OBSERVABLE_GAUGE ? AggregationTemporality.DELTA : otherwise;
}
