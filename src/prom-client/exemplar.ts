/** Exemplars of OpenMetrics, which the application sets. */
import type { Exemplar as CollectedExemplar } from "../engine/exemplars/reservoir.ts";
import { type GivenLabels, labelText } from "./label-checks.ts";

const MAX_CHARACTERS = 128;
// The names that prom-client's own default metrics use, and those of OpenTelemetry.
const TRACE = ["traceId", "trace_id"];
const SPAN = ["spanId", "span_id"];

/** A sample measurement of a series or a bucket. */
export class Exemplar {
  labelSet: GivenLabels = {};
  value = 0;
  /** Seconds since the epoch. */
  timestamp = 0;

  /** Replaces the exemplar by one of now. Throws a `RangeError` if the labels are too long. */
  set(labelSet: GivenLabels, value: number): void {
    const length = Object.entries(labelSet).reduce((sum, pair) => sum + pair.join("").length, 0);
    if (length > MAX_CHARACTERS) throw new RangeError("Label set size must be smaller than 128 UTF-8 chars");
    this.labelSet = labelSet;
    this.value = value;
    this.timestamp = Date.now() / 1000;
  }
}

/** An exemplar as the engine's. */
export function collectedExemplar({ labelSet, value, timestamp }: Omit<Exemplar, "set">): CollectedExemplar {
  const valueOf = (names: readonly string[]): string | undefined => {
    const id = names.map((name) => labelSet[name]).find((each) => each !== undefined && each !== null);
    return id === undefined ? undefined : labelText(id);
  };
  const [traceId, spanId] = [valueOf(TRACE), valueOf(SPAN)];
  const others = Object.entries(labelSet).filter(([name]) => ![...TRACE, ...SPAN].includes(name));
  const seconds = Math.floor(timestamp);
  return {
    filteredAttributes: Object.fromEntries(others.map(([name, each]) => [name, String(each)])),
    value,
    timestamp: [seconds, Math.round((timestamp - seconds) * 1e9)],
    ...(traceId !== undefined && { traceId }),
    ...(spanId !== undefined && { spanId }),
  };
}
