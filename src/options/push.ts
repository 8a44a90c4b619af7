// Options that all push readers have.
import { type Checks, duration, withMethods } from "./check.ts";
import type { Parser } from "./parser.ts";

/** What push readers have in common. */
export interface PushSettings {
  /** Seconds between two collections. */
  readonly interval: number;
  /** Checked: it has the methods of a MetricFilter. */
  readonly metricFilter: object | undefined;
}

/** The checks of these. */
export const PUSH: Checks<PushSettings> = {
  interval: duration,
  metricFilter: withMethods(
    "be an object with the methods testMetric and testAttributes",
    "testMetric",
    "testAttributes",
  ),
};

/** The interval that a reader has of its own. The collector warns of option collectionInterval in the same way. */
export function ownInterval(parser: Parser, seconds: number | undefined, place: string): number | undefined {
  if (seconds !== undefined && seconds > 3_600)
    parser.warnings.push(`${place}.interval is ${seconds}: these are seconds, not milliseconds`);
  return seconds;
}
