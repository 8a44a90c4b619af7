// Which values an instrument takes.
import { ValueType } from "@opentelemetry/api";
import { InstrumentType } from "tachymeter/metrics";
import { type InstrumentPlan } from "./program.ts";

/**
 * The value as the instrument takes it: an integer one without its fraction. Undefined where it takes none: what is no
 * number, what is negative and given to a counter or histogram, and what is not finite, but for gauges of doubles.
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
