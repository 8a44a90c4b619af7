// Which of Prometheus' text formats is written where nobody negotiates.
import type { Exposition } from "./exposition.ts";
import { PrometheusOptionsError } from "./serving/options-error.ts";

/** How the figures are written. */
export interface FormatOptions {
  /**
   * `"text"` is Prometheus' text format 0.0.4, `"openmetrics"` OpenMetrics 1.0.0.
   *
   * @defaultValue "text"
   */
  readonly format?: "text" | "openmetrics" | undefined;
}

/** The exposition that is asked for. Throws a `PrometheusOptionsError` where none is that can be written. */
export function expositionFromOptions(thing: string, options: FormatOptions): Exposition {
  const value: unknown = options.format;
  if (value === undefined || value === "text") return { format: "text-0.0.4", escaping: "underscores" };
  if (value === "openmetrics") return { format: "openmetrics-1.0.0", escaping: "underscores" };
  throw new PrometheusOptionsError(thing, [{ name: "format", value, allowed: '"text" or "openmetrics"' }]);
}
