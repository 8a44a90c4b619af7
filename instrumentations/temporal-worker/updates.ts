// Updates of Temporal's metrics, as measurements of instruments with the same names.
import type { Attributes, Meter } from "@opentelemetry/api";
import { fieldOf, isObject } from "../shared/fields.ts";

// From tasks of milliseconds to workflows of days.
const BOUNDARIES_SECONDS = [
  0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 3_600, 36_000, 86_400,
];

type Measure = (value: number, attributes: Attributes) => void;

/** Returns a function that records an update. Those of unknown kinds are left out. */
export function recorder(meter: Meter): (update: unknown) => void {
  // Most updates of a metric have the same object for it.
  const measures = new WeakMap<object, Measure>();
  return (update) => {
    const [metric, value] = [fieldOf(update, "metric"), fieldOf(update, "value")];
    if (!isObject(metric) || typeof value !== "number") return;
    const measure = measures.get(metric) ?? measureOf(meter, metric);
    measures.set(metric, measure);
    const attributes = fieldOf(update, "attributes");
    measure(value, isAttributes(attributes) ? attributes : {});
  };
}

function measureOf(meter: Meter, metric: object): Measure {
  const [unit, description] = [fieldOf(metric, "unit"), fieldOf(metric, "description")];
  const name = String(fieldOf(metric, "name"));
  const options = {
    ...(typeof unit === "string" && { unit }),
    ...(typeof description === "string" && { description }),
  };
  switch (fieldOf(metric, "kind")) {
    case "counter": {
      const counter = meter.createCounter(name, options);
      return (value, attributes) => counter.add(value, attributes);
    }
    case "up-down-counter": {
      const counter = meter.createUpDownCounter(name, options);
      return (value, attributes) => counter.add(value, attributes);
    }
    case "gauge": {
      const gauge = meter.createGauge(name, options);
      return (value, attributes) => gauge.record(value, attributes);
    }
    case "histogram": {
      const advice = unit === "s" ? { explicitBucketBoundaries: BOUNDARIES_SECONDS } : {};
      const histogram = meter.createHistogram(name, { ...options, advice });
      return (value, attributes) => histogram.record(value, attributes);
    }
    default:
      return () => {};
  }
}

function isAttributes(value: unknown): value is Attributes {
  return isObject(value);
}
