import { cleanLabels } from "../../events/labels.ts";
import { CustomInstruments, type InstrumentKind } from "./instruments.ts";
import type { FacadeMeter } from "../../recording/facade-meter.ts";
import { refusalOfAmount } from "../../recording/guarded-instruments.ts";
import { isMetricName } from "../../collector/metric-registration.ts";
import { contextFromGiven, type MetricBuffer, type PerformanceMetric } from "../metric-buffer.ts";

/** A measurement of a caller; fields may be of any type. */
export interface GivenMeasurement {
  readonly name: unknown;
  readonly value: unknown;
  readonly tags?: unknown;
  readonly unit?: unknown;
  readonly context?: unknown;
  readonly timestamp?: unknown;
  readonly source?: unknown;
}

const DEFAULT_UNIT = "count";
const SOURCES = ["system", "application", "network", "custom"] as const;

/** Checks, records and keeps the measurements of one facade. No call throws. */
export class CustomMeasurements {
  readonly instruments: CustomInstruments;
  readonly #source: "application" | "custom";
  readonly #meter: FacadeMeter;
  readonly #buffer: MetricBuffer;

  constructor(
    source: "application" | "custom",
    meter: FacadeMeter,
    buffer: MetricBuffer,
    taken: readonly string[] = [],
  ) {
    this.instruments = new CustomInstruments(meter, source, taken);
    this.#source = source;
    this.#meter = meter;
    this.#buffer = buffer;
  }

  /** Records a measurement and returns it as it was kept; `undefined` if it was dropped, which is counted. */
  record(kind: InstrumentKind, given: GivenMeasurement): PerformanceMetric | undefined {
    const { dropped } = this.#meter;
    const { name, value } = given;
    if (!isMetricName(name)) {
      dropped.measurement(`${this.#source}.name`, "invalid_name", name);
      return undefined;
    }
    if (!isTakenBy(kind, value)) {
      dropped.measurement(name, refusalOfAmount(value) ?? "not_a_number", value);
      return undefined;
    }
    const unit = unitFromGiven(given.unit);
    const instrument = this.instruments.find(kind, name, unit === DEFAULT_UNIT ? "" : unit);
    if (instrument === undefined) return undefined;
    const tags = cleanLabels(given.tags, (key) => dropped.label(name, "invalid", key));
    instrument.record(value, tags);
    instrument.value = kind === "counter" ? instrument.value + value : value;
    const context = contextFromGiven(given.context);
    const metric: PerformanceMetric = {
      name: instrument.name,
      value,
      unit,
      timestamp: Number.isFinite(given.timestamp) ? Number(given.timestamp) : Date.now() / 1000,
      tags,
      ...(context !== undefined && { context }),
      source: SOURCES.find((source) => source === given.source) ?? this.#source,
    };
    this.#buffer.push(metric);
    return metric;
  }
}

// Gauges take NaN and infinities.
function isTakenBy(kind: InstrumentKind, value: unknown): value is number {
  return kind === "gauge" ? typeof value === "number" : refusalOfAmount(value) === undefined;
}

// OpenTelemetry's limit.
const MAX_UNIT_LENGTH = 63;

function unitFromGiven(given: unknown): string {
  return typeof given === "string" && given.length <= MAX_UNIT_LENGTH ? given : DEFAULT_UNIT;
}
