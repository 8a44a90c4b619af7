// Which of Prometheus' formats is written.
import { PrometheusOptionsError } from "./options-error.ts";

/** How the figures are written. */
export interface FormatOptions {
  /**
   * Prometheus' text format 0.0.4, the only one there is.
   *
   * @defaultValue "text"
   */
  readonly format?: "text" | undefined;
}

/** @throws PrometheusOptionsError where a format is asked for that is not written. */
export function assertFormat(thing: string, options: FormatOptions): void {
  const value: unknown = options.format;
  if (value === undefined || value === "text") return;
  throw new PrometheusOptionsError(thing, [{ name: "format", value, allowed: '"text"' }]);
}
