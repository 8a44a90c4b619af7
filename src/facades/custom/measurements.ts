import type { Attributes } from "@opentelemetry/api";
import { boundariesFor, isMetricName } from "../../collector/metric-registration.ts";
import { cleanLabels } from "../../events/labels.ts";
import type { FacadeMeter } from "../../recording/facade-meter.ts";
import { refusalOfAmount } from "../../recording/guarded-instruments.ts";
import { contextFromGiven, type MetricBuffer, type PerformanceMetric } from "../metric-buffer.ts";

/** Kind of instrument that a name stands for. */
export type InstrumentKind = "counter" | "gauge" | "histogram";

/** An instrument with its latest value. */
export interface CustomInstrument {
  readonly kind: InstrumentKind;
  readonly name: string;
  readonly record: (value: number, attributes: Attributes) => void;
  /** Sum of a counter since its last reset; last value of a gauge or histogram. */
  value: number;
}

/** A measurement passed in by the application; its fields may be of any type. */
export interface GivenMeasurement {
  readonly name: unknown;
  readonly value: unknown;
  readonly tags?: unknown;
  readonly unit?: unknown;
  readonly context?: unknown;
  readonly timestamp?: unknown;
  readonly source?: unknown;
}

const MAX_NAMES = 1_000;
// OpenTelemetry's limit.
const MAX_UNIT_LENGTH = 63;
const DEFAULT_UNIT = "count";
const SOURCES = ["system", "application", "network", "custom"] as const;

/**
 * Checks, records and keeps the measurements of one facade. Instruments are created at first use. A name stands for one
 * kind of instrument, and there are at most 1,000 names. No call throws.
 */
export class CustomMeasurements {
  readonly #source: "application" | "custom";
  readonly #meter: FacadeMeter;
  readonly #buffer: MetricBuffer;
  readonly #taken: readonly string[];
  // Names that differ only in case are equal in OpenTelemetry.
  readonly #byKey = new Map<string, CustomInstrument>();

  /** @param taken names of the facade's own instruments. */
  constructor(
    source: "application" | "custom",
    meter: FacadeMeter,
    buffer: MetricBuffer,
    taken: readonly string[] = [],
  ) {
    this.#source = source;
    this.#meter = meter;
    this.#buffer = buffer;
    this.#taken = taken;
  }

  /** Records a measurement and returns it as it was kept. Returns `undefined` if it was dropped, which is counted. */
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
    const instrument = this.#find(kind, name, unit === DEFAULT_UNIT ? "" : unit);
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

  /** All instruments of a kind, in the order of creation. */
  ofKind(kind: InstrumentKind): readonly CustomInstrument[] {
    return [...this.#byKey.values()].filter((instrument) => instrument.kind === kind);
  }

  // Returns the instrument of this name and kind; `undefined` if the name is refused, which is counted and logged.
  #find(kind: InstrumentKind, name: string, unit: string): CustomInstrument | undefined {
    const key = name.toLowerCase();
    const known = this.#byKey.get(key);
    if (known?.kind === kind) return known;
    if (known !== undefined) {
      return this.#refuse(
        known.name,
        name,
        `the name belongs to a ${known.kind}; choose another name for the ${kind}`,
      );
    }
    if (this.#taken.includes(key)) {
      return this.#refuse(
        name,
        name,
        `the name belongs to a metric of Tachymeter; choose another name for the ${kind}`,
      );
    }
    if (this.#byKey.size >= MAX_NAMES) {
      const remedy = `there are ${MAX_NAMES} names already; use tags for what makes names differ`;
      return this.#refuse(this.#source, name, remedy);
    }
    const instrument = { kind, name, value: 0, record: this.#make(kind, name, unit) };
    this.#byKey.set(key, instrument);
    return instrument;
  }

  #make(kind: InstrumentKind, name: string, unit: string): CustomInstrument["record"] {
    const description = `A ${kind} of the application.`;
    if (kind === "counter") {
      const counter = this.#meter.counter(name, unit, description);
      return (value, attributes) => counter.add(value, attributes);
    }
    const instrument =
      kind === "gauge"
        ? this.#meter.gauge(name, unit, description)
        : this.#meter.histogram(name, unit, description, boundariesFor(name));
    return (value, attributes) => instrument.record(value, attributes);
  }

  #refuse(instrument: string, name: string, remedy: string): undefined {
    this.#meter.dropped.measurement(instrument, "invalid_name", name, remedy);
    return undefined;
  }
}

// Gauges accept NaN and infinities.
function isTakenBy(kind: InstrumentKind, value: unknown): value is number {
  return kind === "gauge" ? typeof value === "number" : refusalOfAmount(value) === undefined;
}

function unitFromGiven(given: unknown): string {
  return typeof given === "string" && given.length <= MAX_UNIT_LENGTH ? given : DEFAULT_UNIT;
}
