// Values that an instrument records.
import { ValueType } from "@opentelemetry/api";
import { InstrumentType } from "tachymeter/metrics";
import { type InstrumentPlan } from "./program.ts";

/**
 * Returns the value as the instrument records it: without a fraction for an integer instrument.
 *
 * Returns `undefined` if the instrument drops it: values that are not numbers, and negative ones of counters and
 * histograms. Values that are not finite are dropped too, except for gauges of doubles.
 */
export function takenValue({ type, valueType }: InstrumentPlan, value: unknown): number | undefined {
  if (typeof value !== "number") return undefined;
  const isGauge = type === InstrumentType.GAUGE || type === InstrumentType.OBSERVABLE_GAUGE;
  if (!Number.isFinite(value)) return isGauge && valueType === ValueType.DOUBLE ? value : undefined;
  if (value < 0 && neverNegative.has(type)) return undefined;
  return valueType === ValueType.INT ? Math.trunc(value) : value;
}

const neverNegative: ReadonlySet<InstrumentType> = new Set([
  InstrumentType.COUNTER,
  InstrumentType.HISTOGRAM,
  InstrumentType.OBSERVABLE_COUNTER,
]);
