// One measurement as the reference systems' collectors give it back.
import type { Labels } from "../events/labels.ts";

/** One measurement, as the facades `Application`, `Custom`, `Network` and `System` give it back. */
export interface PerformanceMetric {
  readonly name: string;
  readonly value: number;
  /** As UCUM writes it: `s`, `By`, `count` where nothing else was said. */
  readonly unit: string;
  /** When it was measured, in seconds since the epoch. */
  readonly timestamp: number;
  readonly tags: Labels;
  /**
   * What else is known of the measurement, and is exported nowhere. `sampledFrom` is added where the metric is one of
   * a sample: how many measurements of this name there were in that second, of which 100 at most were kept.
   */
  readonly context?: Readonly<Record<string, unknown>>;
  /** The facade that measured. */
  readonly source: "system" | "application" | "network" | "custom";
}
