// One measurement as the reference systems' collectors give it back.
import type { Labels } from "../events/labels.ts";

/** One measurement, as the facades `Application`, `Custom`, `Network` and `System` give it back. */
export interface PerformanceMetric {
  readonly name: string;
  readonly value: number;
  /** As UCUM writes it (`s`, `By`), or `count` where nothing was said. */
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

/**
 * What a caller gave as context, copied: `undefined` where it holds nothing, is no object or cannot be read. Never
 * throws.
 */
export function contextFromGiven(given: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  try {
    const context = { ...given };
    return Object.keys(context).length === 0 ? undefined : context;
  } catch {
    // A getter or a proxy.
    return undefined;
  }
}
